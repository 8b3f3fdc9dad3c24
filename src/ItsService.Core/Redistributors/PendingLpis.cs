using System.Numerics;
using ItsService.Core.Identifiers;
using ItsService.Core.Translation;

namespace ItsService.Core.Redistributors;

/// <summary>
/// The pending LPIs of one redistributor, and the best of those that are enabled: lowest priority value first, then
/// lowest INTID. Found without scanning: a set of INTIDs for each of the 64 priority levels, and a word that tells
/// which sets are not empty.
/// </summary>
internal sealed class PendingLpis(Redistributor owner, GicParts parts)
{
    private readonly IntIdBitmap _pending = new();
    private readonly IntIdBitmap?[] _readyByLevel = new IntIdBitmap?[LpiConfiguration.LevelCount];
    private ulong _levelsReady;

    /// <summary>How many LPIs are pending, enabled or not.</summary>
    public int Count => _pending.Count;

    /// <summary>The best pending and enabled LPI with its priority, or null.</summary>
    public (IntId Lpi, byte Priority)? Best { get; private set; }

    public bool Contains(IntId lpi) => _pending.Contains(lpi);

    /// <summary>Makes an LPI pending, if this redistributor takes it.</summary>
    public MsiOutcome Pend(IntId lpi)
    {
        if (!owner.LpisEnabled)
        {
            return MsiOutcome.DroppedLpisDisabled;
        }

        if (!owner.IsLpiInRange(lpi))
        {
            return MsiOutcome.DroppedIntIdOutOfRange;
        }

        return Add(lpi) ? MsiOutcome.Pended : MsiOutcome.Coalesced;
    }

    /// <summary>Adds a pending LPI; false when it was pending.</summary>
    public bool Add(IntId lpi)
    {
        if (!_pending.Add(lpi))
        {
            return false;
        }

        var configuration = parts.Configurations[lpi];
        if (configuration.IsEnabled)
        {
            AddReady(lpi, configuration);
        }

        return true;
    }

    /// <summary>Takes the pending state away; false when it was not pending.</summary>
    public bool Remove(IntId lpi)
    {
        if (!_pending.Remove(lpi))
        {
            return false;
        }

        var configuration = parts.Configurations[lpi];
        if (configuration.IsEnabled)
        {
            RemoveReady(lpi, configuration);
        }

        return true;
    }

    /// <summary>Follows a change of an LPI's configuration, if it is pending here.</summary>
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
        _pending.Clear();
        Array.Clear(_readyByLevel);
        _levelsReady = 0;
        SetBest(null);
    }

    /// <summary>The pending LPIs in ascending order. Do not change the set meanwhile.</summary>
    public IEnumerable<IntId> InOrder() => _pending.InOrder();

    private void AddReady(IntId lpi, LpiConfiguration configuration)
    {
        (_readyByLevel[configuration.Level] ??= new IntIdBitmap()).Add(lpi);
        _levelsReady |= 1UL << configuration.Level;
        if (Best is not { } best
            || configuration.Priority < best.Priority
            || (configuration.Priority == best.Priority && lpi.Value < best.Lpi.Value))
        {
            SetBest((lpi, configuration.Priority));
        }
    }

    private void RemoveReady(IntId lpi, LpiConfiguration configuration)
    {
        var level = _readyByLevel[configuration.Level]!;
        level.Remove(lpi);
        if (level.IsEmpty)
        {
            _levelsReady &= ~(1UL << configuration.Level);
        }

        if (Best is { } best && best.Lpi == lpi)
        {
            SetBest(FindBest());
        }
    }

    private (IntId Lpi, byte Priority)? FindBest()
    {
        if (_levelsReady == 0)
        {
            return null;
        }

        var level = BitOperations.TrailingZeroCount(_levelsReady);
        return (_readyByLevel[level]!.First(), (byte)(level << 2));
    }

    private void SetBest((IntId Lpi, byte Priority)? best)
    {
        Best = best;
        parts.Lines.Touch(owner.Index);
    }
}
