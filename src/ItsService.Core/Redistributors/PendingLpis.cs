using System.Collections.Immutable;
using System.Numerics;
using ItsService.Core.Distributor;
using ItsService.Core.Identifiers;
using ItsService.Core.Translation;

namespace ItsService.Core.Redistributors;

/// <summary>
/// The pending LPIs of one redistributor, and the best of those that are enabled: lowest priority value first, then
/// lowest INTID. Found without scanning: the best stands by itself, the others are in a set of INTIDs for each of the
/// 64 priority levels, and a word tells which sets are not empty. An LPI that is taken before the next one comes, which
/// is what most do, is never in a set of those.
/// </summary>
internal sealed class PendingLpis(Redistributor owner, GicParts parts)
{
    // Of an InterruptRank: what is above the two lowest bits of the priority.
    private const int LevelShift = 26;

    private readonly IntIdBitmap _pending = new(parts.ChunkPool);

    // Spent with the first LPI that has to wait for another: a vCPU may never get one.
    private IntIdBitmap?[]? _readyByLevel;
    private ulong _levelsReady;
    private uint _best = InterruptRank.None;

    /// <summary>How many LPIs are pending, enabled or not.</summary>
    public int Count => _pending.Count;

    /// <summary>Whether one is pending and enabled.</summary>
    public bool HasReady => _best != InterruptRank.None;

    /// <summary>The best pending and enabled LPI, when <see cref="HasReady"/>.</summary>
    public IntId Best => InterruptRank.IntIdOf(_best);

    /// <summary>The same as an <see cref="InterruptRank"/>, which is none when there is none.</summary>
    public uint BestRank => _best;

    /// <summary>Its priority; 0xFF, which no interrupt has and no mask lets through, when there is none.</summary>
    public byte BestPriority => InterruptRank.PriorityOf(_best);

    public bool Contains(IntId lpi) => _pending.Contains(lpi);

    /// <summary>Makes an LPI pending, if this redistributor takes it.</summary>
    public MsiOutcome Pend(IntId lpi)
    {
        if (!owner.TakesLpi(lpi))
        {
            return owner.LpisEnabled ? MsiOutcome.DroppedIntIdOutOfRange : MsiOutcome.DroppedLpisDisabled;
        }

        if (!_pending.Add(lpi))
        {
            return MsiOutcome.Coalesced;
        }

        if (parts.Configurations.RoomForPending <= 0)
        {
            _pending.Remove(lpi);
            return MsiOutcome.DroppedPendingLimit;
        }

        NoteAdded(lpi);
        return MsiOutcome.Pended;
    }

    /// <summary>Adds a pending LPI, for which there must be room. Nothing happens when it was pending.</summary>
    public void Add(IntId lpi)
    {
        if (_pending.Add(lpi))
        {
            NoteAdded(lpi);
        }
    }

    private void NoteAdded(IntId lpi)
    {
        var configuration = parts.Configurations.AddPending(lpi, owner.Index);
        if (configuration.IsEnabled)
        {
            AddReady(lpi, configuration);
        }
    }

    /// <summary>Takes the pending state, if there is one, away.</summary>
    public void Remove(IntId lpi, PendingEnd end = PendingEnd.TakenAway)
    {
        if (!_pending.Remove(lpi))
        {
            return;
        }

        var configuration = parts.Configurations.RemovePending(lpi, owner.Index, end);
        if (configuration.IsEnabled)
        {
            RemoveReady(lpi, configuration);
        }
    }

    /// <summary>Gives the pending state, if there is one, to another redistributor.</summary>
    public void MoveTo(PendingLpis destination, IntId lpi)
    {
        if (!_pending.Remove(lpi))
        {
            return;
        }

        var configuration = parts.Configurations[lpi];
        if (configuration.IsEnabled)
        {
            RemoveReady(lpi, configuration);
        }

        destination.Take(lpi, configuration, owner.Index);
    }

    /// <summary>Follows a change of the configuration of an LPI that may be pending here.</summary>
    public void Reclassify(IntId lpi, LpiConfiguration before, LpiConfiguration after)
    {
        if (!_pending.Contains(lpi))
        {
            return;
        }

        if (before.IsEnabled)
        {
            RemoveReady(lpi, before);
        }

        if (after.IsEnabled)
        {
            AddReady(lpi, after);
        }
    }

    /// <summary>Takes all pending state away.</summary>
    public void Clear()
    {
        parts.Counters.CountClearedLpis();
        for (var from = default(IntId); TryNext(from, out var lpi); from = new IntId(lpi.Value + 1))
        {
            parts.Configurations.RemovePending(lpi, owner.Index, PendingEnd.TakenAway);
        }

        _pending.Clear();
        for (; _levelsReady != 0; _levelsReady &= _levelsReady - 1)
        {
            _readyByLevel![BitOperations.TrailingZeroCount(_levelsReady)]!.Clear();
        }

        _readyByLevel = null;
        SetBest(InterruptRank.None);
    }

    public ImmutableArray<uint> Save()
    {
        var pending = ImmutableArray.CreateBuilder<uint>(Count);
        for (var from = default(IntId); TryNext(from, out var lpi); from = new IntId(lpi.Value + 1))
        {
            pending.Add(lpi.Value);
        }

        return pending.MoveToImmutable();
    }

    public void Restore(ImmutableArray<uint> pending)
    {
        Clear();
        foreach (var lpi in pending)
        {
            Add(new IntId(lpi));
        }
    }

    /// <summary>The pending LPIs in ascending order.</summary>
    public IEnumerable<IntId> InOrder() => _pending.InOrder();

    /// <summary>
    /// The lowest pending LPI at or above <paramref name="from"/>: walks them while they change, and allocates nothing.
    /// </summary>
    public bool TryNext(IntId from, out IntId lpi) => _pending.TryNext(from, out lpi);

    private void Take(IntId lpi, LpiConfiguration configuration, VcpuIndex from)
    {
        if (_pending.Add(lpi))
        {
            parts.Configurations.MovePending(lpi, from, owner.Index);
            if (configuration.IsEnabled)
            {
                AddReady(lpi, configuration);
            }
        }
        else
        {
            parts.Configurations.RemovePending(lpi, from, PendingEnd.TakenAway);
        }
    }

    private void AddReady(IntId lpi, LpiConfiguration configuration)
    {
        var added = Rank(lpi, configuration);
        if (added > _best)
        {
            KeepReady(added);
            return;
        }

        if (HasReady)
        {
            KeepReady(_best);
        }

        SetBest(added);
    }

    private void RemoveReady(IntId lpi, LpiConfiguration configuration)
    {
        if (_best == Rank(lpi, configuration))
        {
            SetBest(_levelsReady == 0 ? InterruptRank.None : TakeBestKept());
            return;
        }

        var level = _readyByLevel![configuration.Level]!;
        level.Remove(lpi);
        NoteTaken(configuration.Level, level);
    }

    /// <summary>Puts one that is not the best into its set.</summary>
    private void KeepReady(uint rank)
    {
        var number = (int)(rank >> LevelShift);
        var levels = _readyByLevel ??= new IntIdBitmap?[LpiConfiguration.LevelCount];
        (levels[number] ??= new IntIdBitmap(parts.ChunkPool)).Add(InterruptRank.IntIdOf(rank));
        _levelsReady |= 1UL << number;
    }

    private uint TakeBestKept()
    {
        var number = BitOperations.TrailingZeroCount(_levelsReady);
        var level = _readyByLevel![number]!;
        var lpi = level.TakeFirst();
        NoteTaken(number, level);
        return ((uint)number << LevelShift) | lpi.Value;
    }

    private void NoteTaken(int number, IntIdBitmap level)
    {
        if (level.IsEmpty)
        {
            _levelsReady &= ~(1UL << number);
        }
    }

    private static uint Rank(IntId lpi, LpiConfiguration configuration) =>
        InterruptRank.Of(lpi, configuration.Priority);

    private void SetBest(uint best)
    {
        _best = best;
        parts.Lines.Touch(owner.Index);
    }
}
