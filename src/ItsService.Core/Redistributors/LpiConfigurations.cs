using System.Collections.Immutable;
using System.Numerics;
using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Registers;
using ItsService.Core.State;

namespace ItsService.Core.Redistributors;

/// <summary>
/// The LPI configurations as last read from guest memory. They are read at the moments that decision 0002 names: when
/// an event is mapped, when an LPI comes to another redistributor, when LPIs are enabled, and by INV, INVALL, INVLPIR
/// and INVALLR. The redistributors of a VM share them. An LPI that no event maps and that is pending nowhere is
/// forgotten.
/// </summary>
internal sealed class LpiConfigurations(GicParts parts)
{
    // By LPI, from the first. It reaches as far as the highest LPI that was ever mapped or pending.
    private LpiChunk?[] _chunks = [];

    // An empty one, so that a single LPI that comes and goes allocates nothing.
    private LpiChunk? _spare;

    // How many events map an LPI that more than one maps. Software must not do that: as a rule there is none. While
    // there never was one, each mapped LPI has the collection of its event.
    private Dictionary<uint, int>? _shares;

    /// <summary>
    /// How many more LPIs may become pending, one at two redistributors counted twice. Kept here since whoever makes
    /// one pending comes by.
    /// </summary>
    public int RoomForPending { get; private set; } = parts.Configuration.PendingLpisMax;

    /// <summary>How many chunks there may be, from 0; each is present or null.</summary>
    public int ChunkCount => _chunks.Length;

    /// <summary>The configuration that is in force; an LPI that was never read is disabled.</summary>
    public LpiConfiguration this[IntId lpi] => Find(lpi) is { } chunk ? chunk.Configuration(IndexOf(lpi)) : default;

    public LpiRecord Record(IntId lpi) => Find(lpi) is { } chunk ? chunk.Record(IndexOf(lpi)) : default;

    /// <summary>The LPIs from <see cref="FirstOf"/> that number on; null where none of them is known.</summary>
    public LpiChunk? Chunk(int number) => _chunks[number];

    public static IntId FirstOf(int chunkNumber) => new(IntId.FirstLpi + ((uint)chunkNumber << LpiChunk.SizeBits));

    /// <summary>Notes that one more event maps the LPI.</summary>
    public void AddMapping(IntId lpi, int itsNumber, CollectionId collection)
    {
        var chunk = FindOrAdd(lpi);
        var record = chunk.Record(IndexOf(lpi));
        if (record.IsMapped)
        {
            _shares ??= [];
            _shares[lpi.Value] = Shares(lpi, record) + 1;
            record = record.WithShared(true);
        }

        chunk.Set(IndexOf(lpi), record.WithOwner(itsNumber, collection));
    }

    /// <summary>The same of a state that does not tell whether the LPI was pending before.</summary>
    public void RestoreMapping(IntId lpi, int itsNumber, CollectionId collection)
    {
        AddMapping(lpi, itsNumber, collection);
        var chunk = FindOrAdd(lpi);
        if (chunk.Record(IndexOf(lpi)) is { IsPending: false } record)
        {
            chunk.Set(IndexOf(lpi), record.WithHistoryUnknown());
        }
    }

    /// <summary>Notes that an event which maps the LPI has another collection.</summary>
    public void ChangeOwner(IntId lpi, int itsNumber, CollectionId collection)
    {
        var chunk = FindOrAdd(lpi);
        chunk.Set(IndexOf(lpi), chunk.Record(IndexOf(lpi)).WithOwner(itsNumber, collection));
    }

    /// <summary>Notes that one event less maps the LPI.</summary>
    public void RemoveMapping(IntId lpi)
    {
        var record = Record(lpi);
        var left = Shares(lpi, record) - 1;
        if (record.IsShared)
        {
            SetShares(lpi, left);
        }

        SetRecord(lpi, left > 0 ? record.WithShared(left > 1) : record.WithoutOwner());
    }

    /// <summary>Notes that the redistributor has the LPI pending; returns the configuration that is in force.</summary>
    public LpiConfiguration AddPending(IntId lpi, VcpuIndex vcpu)
    {
        RoomForPending--;
        return FindOrAdd(lpi).AddPending(IndexOf(lpi), vcpu);
    }

    /// <summary>
    /// Notes that the redistributor does not have the LPI pending any more; returns the configuration that was in
    /// force.
    /// </summary>
    public LpiConfiguration RemovePending(IntId lpi, VcpuIndex vcpu, PendingEnd end)
    {
        RoomForPending++;
        var chunk = FindOrAdd(lpi);
        var configuration = chunk.Configuration(IndexOf(lpi));
        if (!chunk.TryRemovePending(IndexOf(lpi), end))
        {
            SetRecord(lpi, chunk.WithoutPlace(IndexOf(lpi), vcpu, end));
        }

        return configuration;
    }

    /// <summary>Notes that another redistributor has the LPI pending in place of one that had it.</summary>
    public void MovePending(IntId lpi, VcpuIndex from, VcpuIndex to) =>
        FindOrAdd(lpi).MovePending(IndexOf(lpi), from, to);

    /// <summary>Takes the configuration of a present LPI into force, wherever it is pending.</summary>
    public void Store(IntId lpi, LpiConfiguration configuration)
    {
        if (Find(lpi) is { } chunk)
        {
            Store(chunk, lpi, configuration);
        }
    }

    private void Store(LpiChunk chunk, IntId lpi, LpiConfiguration configuration)
    {
        var record = chunk.Record(IndexOf(lpi));
        if (!record.IsPresent)
        {
            return;
        }

        var before = chunk.Configuration(IndexOf(lpi));
        chunk.Set(IndexOf(lpi), record.WithConfiguration());
        if (before != configuration)
        {
            chunk.Set(IndexOf(lpi), configuration);
            Reclassify(lpi, record, before, configuration);
        }
    }

    /// <summary>
    /// Reads one LPI's configuration and takes it into force. One that cannot be read stays as it was, which an event
    /// tells, and is no fault.
    /// </summary>
    public MemoryOutcome Reload(Redistributor through, IntId lpi)
    {
        var outcome = Read(through, lpi, out var configuration);
        if (outcome.IsNotResident)
        {
            return outcome;
        }

        Take(through, lpi, outcome, configuration);
        return MemoryOutcome.Ok;
    }

    /// <summary>Takes what was read into force, or tells that it could not be read.</summary>
    public void Take(Redistributor through, IntId lpi, MemoryOutcome outcome, LpiConfiguration configuration)
    {
        if (outcome.IsOk)
        {
            Store(lpi, configuration);
        }
        else
        {
            ReportUnreadable(through, lpi);
        }
    }

    public void ReportUnreadable(Redistributor through, IntId lpi) => parts.Events.Append(new GicEvent
    {
        Kind = GicEventKind.ConfigurationUnreadable,
        Vcpu = through.Index,
        Lpi = lpi,
    });

    /// <summary>
    /// Reads one byte of the redistributor's configuration table, which must cover the LPI. A fault when the byte is
    /// outside guest RAM.
    /// </summary>
    public MemoryOutcome Read(Redistributor through, IntId lpi, out LpiConfiguration configuration)
    {
        Span<byte> value = stackalloc byte[1];
        var outcome = parts.Memory.Read(through.ConfigurationTable.AddressOf(lpi), value);
        configuration = new LpiConfiguration(value[0]);
        return outcome;
    }

    /// <summary>
    /// The redistributor that the LPI goes to by the collection that it was given last, or null while that collection
    /// is not mapped or no event maps the LPI.
    /// </summary>
    public Redistributor? TargetOf(LpiRecord record) =>
        record.IsMapped && parts.Services[record.Its].Collections.Target(record.Collection) is { } vcpu
            ? parts.Redistributors[vcpu.Value]
            : null;

    /// <summary>Whether there is an LPI that the scope includes.</summary>
    public bool IsAnyIn<TScope>(TScope scope)
        where TScope : struct, ILpiScope
    {
        for (var number = 0; number < _chunks.Length; number++)
        {
            if (_chunks[number] is not { } chunk || !scope.MayInclude(FirstOf(number), chunk))
            {
                continue;
            }

            for (var index = 0; index < LpiChunk.LpiCount; index++)
            {
                if (scope.Includes(new IntId(FirstOf(number).Value + (uint)index), chunk.Record(index)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    public void Reset()
    {
        _chunks = [];
        _spare = null;
        _shares = null;
    }

    /// <summary>What the events that are mapped and the LPIs that are pending do not tell.</summary>
    public LpiConfigurationsState Save()
    {
        var blocks = ImmutableArray.CreateBuilder<LpiBlockState>();
        for (var number = 0; number < _chunks.Length; number++)
        {
            if (_chunks[number] is { HasKnown: true } chunk)
            {
                blocks.Add(chunk.Save(FirstOf(number)));
            }
        }

        return new LpiConfigurationsState(blocks.DrainToImmutable(), _shares is null ? [] : LpiOwners.Save(parts));
    }

    /// <summary>The events must be mapped and the LPIs pending already: nothing is kept of others.</summary>
    public void Restore(LpiConfigurationsState state)
    {
        var (blocks, owners) = state;
        foreach (var block in blocks)
        {
            Restore(block);
        }

        foreach (var (lpi, its, collection) in owners)
        {
            _shares ??= [];
            ChangeOwner(new IntId(lpi), its, new CollectionId(collection));
        }
    }

    private void Restore(LpiBlockState state)
    {
        var (firstLpi, known, configurations) = state;
        if (Find(new IntId(firstLpi)) is not { } chunk)
        {
            return;
        }

        for (var index = 0; index < LpiChunk.LpiCount; index++)
        {
            if (known[index / 64].Bit(index % 64))
            {
                Store(chunk, new IntId(firstLpi + (uint)index), new LpiConfiguration(configurations[index]));
            }
        }
    }

    private void Reclassify(IntId lpi, LpiRecord record, LpiConfiguration before, LpiConfiguration after)
    {
        if (record.IsPendingAtSeveral)
        {
            parts.Work.AddLooks(parts.Redistributors.Length);
            foreach (var redistributor in parts.Redistributors)
            {
                redistributor.Lpis.Reclassify(lpi, before, after);
            }
        }
        else if (record.IsPending)
        {
            parts.Redistributors[record.PendingAt.Value].Lpis.Reclassify(lpi, before, after);
        }
    }

    /// <summary>How many events map a mapped LPI.</summary>
    private int Shares(IntId lpi, LpiRecord record) => record.IsShared ? _shares![lpi.Value] : 1;

    private void SetShares(IntId lpi, int count)
    {
        if (count > 1)
        {
            _shares![lpi.Value] = count;
        }
        else
        {
            _shares!.Remove(lpi.Value);
        }
    }

    /// <summary>The LPI's place in its chunk.</summary>
    public static int IndexOf(IntId lpi) => (int)(lpi.Value & (LpiChunk.LpiCount - 1));

    /// <summary>The number of its chunk; of an INTID below the LPIs a huge one, beyond any array as well.</summary>
    public static int ChunkNumber(IntId lpi) => (int)(unchecked(lpi.Value - IntId.FirstLpi) >> LpiChunk.SizeBits);

    private LpiChunk? Find(IntId lpi)
    {
        var chunks = _chunks;
        var number = ChunkNumber(lpi);
        return (uint)number < (uint)chunks.Length ? chunks[number] : null;
    }

    private LpiChunk FindOrAdd(IntId lpi) => Find(lpi) ?? Add(ChunkNumber(lpi));

    private LpiChunk Add(int number)
    {
        if (number >= _chunks.Length)
        {
            Array.Resize(ref _chunks, (int)BitOperations.RoundUpToPowerOf2((uint)number + 1));
        }

        var chunk = _spare ?? new LpiChunk();
        _spare = null;
        return _chunks[number] = chunk;
    }

    /// <summary>Keeps a record, and gives a chunk up in which none is left.</summary>
    private void SetRecord(IntId lpi, LpiRecord record)
    {
        var chunk = FindOrAdd(lpi);
        chunk.Set(IndexOf(lpi), record);
        if (chunk.PresentCount == 0)
        {
            _chunks[ChunkNumber(lpi)] = null;
            _spare = chunk;
        }
    }
}
