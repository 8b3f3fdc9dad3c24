using System.Numerics;
using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.Redistributors;

/// <summary>
/// The LPI configurations as last read from guest memory. They are read at the moments that decision 0002 names: when
/// an event is mapped, when LPIs are enabled, and by INV, INVALL, INVLPIR and INVALLR. The redistributors of a VM share
/// them, as they share the table.
/// </summary>
internal sealed class LpiConfigurations(GicParts parts)
{
    // By LPI, from the first. It reaches as far as the highest LPI that was ever mapped or pending.
    private LpiChunk?[] _chunks = [];

    /// <summary>How many chunks there may be, from 0; each is present or null.</summary>
    public int ChunkCount => _chunks.Length;

    /// <summary>How many LPIs are mapped or pending whose configuration could not be read yet.</summary>
    public int UnknownCount { get; private set; }

    /// <summary>The configuration that is in force; an LPI that was never read is disabled.</summary>
    public LpiConfiguration this[IntId lpi] => Find(lpi) is { } chunk ? chunk.Configuration(IndexOf(lpi)) : default;

    public LpiRecord Record(IntId lpi) => Find(lpi) is { } chunk ? chunk.Record(IndexOf(lpi)) : default;

    /// <summary>The LPIs from <see cref="FirstOf"/> that number on; null where none of them is known.</summary>
    public LpiChunk? Chunk(int number) => _chunks[number];

    public static IntId FirstOf(int chunkNumber) => new(IntId.FirstLpi + ((uint)chunkNumber << LpiChunk.SizeBits));

    /// <summary>Notes through which collection the LPI was mapped last; that tells INVALL what concerns it.</summary>
    public void SetOwner(IntId lpi, int itsNumber, CollectionId collection)
    {
        var chunk = FindOrAdd(lpi);
        SetRecord(chunk, lpi, chunk.Record(IndexOf(lpi)).WithOwner(itsNumber, collection));
    }

    /// <summary>Notes an LPI that is pending though its configuration could not be read.</summary>
    public void NoteUnknown(IntId lpi)
    {
        var chunk = FindOrAdd(lpi);
        SetRecord(chunk, lpi, chunk.Record(IndexOf(lpi)).AsPresent());
    }

    /// <summary>
    /// Notes that one more redistributor has the LPI pending, and returns the configuration that is in force: where a
    /// configuration changes, only those redistributors need be found at which the LPI is pending.
    /// </summary>
    public LpiConfiguration AddPending(IntId lpi) => FindOrAdd(lpi).AddPending(IndexOf(lpi));

    /// <summary>The contrary of <see cref="AddPending"/>.</summary>
    public LpiConfiguration RemovePending(IntId lpi) => FindOrAdd(lpi).RemovePending(IndexOf(lpi));

    /// <summary>Takes a configuration into force, wherever the LPI is pending.</summary>
    public void Store(IntId lpi, LpiConfiguration configuration)
    {
        var chunk = FindOrAdd(lpi);
        var before = chunk.Configuration(IndexOf(lpi));
        SetRecord(chunk, lpi, chunk.Record(IndexOf(lpi)).WithConfiguration());
        if (before == configuration)
        {
            return;
        }

        chunk.Set(IndexOf(lpi), configuration);
        Reclassify(lpi, chunk.Record(IndexOf(lpi)), before, configuration);
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

        if (outcome.IsOk)
        {
            Store(lpi, configuration);
        }
        else
        {
            ReportUnreadable(through, lpi);
        }

        return MemoryOutcome.Ok;
    }

    public void ReportUnreadable(Redistributor through, IntId lpi) => parts.Events.Append(new GicEvent
    {
        Kind = GicEventKind.ConfigurationUnreadable,
        Vcpu = through.Index,
        Lpi = lpi,
    });

    /// <summary>
    /// Reads one byte of the redistributor's configuration table. A fault when the LPI is outside the table or the byte
    /// outside guest RAM.
    /// </summary>
    public MemoryOutcome Read(Redistributor through, IntId lpi, out LpiConfiguration configuration)
    {
        Span<byte> value = stackalloc byte[1];
        var outcome = through.IsLpiInRange(lpi)
            ? parts.Memory.Read(through.ConfigurationTable.AddressOf(lpi), value)
            : MemoryOutcome.Fault;
        configuration = new LpiConfiguration(outcome.IsOk ? value[0] : (byte)0);
        return outcome;
    }

    /// <summary>
    /// The redistributor that the LPI goes to by the collection that mapped it last, or null while that collection is
    /// not mapped or nothing has mapped the LPI.
    /// </summary>
    public Redistributor? TargetOf(LpiRecord record) =>
        record.WasMapped && parts.Services[record.Its].Collections.Target(record.Collection) is { } vcpu
            ? parts.Redistributors[vcpu.Value]
            : null;

    public void Reset()
    {
        _chunks = [];
        UnknownCount = 0;
    }

    /// <summary>It is pending nowhere as a rule, and otherwise most likely at its collection's target.</summary>
    private void Reclassify(IntId lpi, LpiRecord record, LpiConfiguration before, LpiConfiguration after)
    {
        var left = record.PendingCount;
        if (left == 0)
        {
            return;
        }

        var target = TargetOf(record);
        left -= target is not null && target.Lpis.Reclassify(lpi, before, after) ? 1 : 0;
        for (var index = 0; left > 0 && index < parts.Redistributors.Length; index++)
        {
            var redistributor = parts.Redistributors[index];
            left -= redistributor != target && redistributor.Lpis.Reclassify(lpi, before, after) ? 1 : 0;
        }
    }

    private static int IndexOf(IntId lpi) => (int)(lpi.Value & (LpiChunk.LpiCount - 1));

    // An INTID below the LPIs becomes a huge number, which is beyond the array as well.
    private static uint ChunkNumber(IntId lpi) => unchecked(lpi.Value - IntId.FirstLpi) >> LpiChunk.SizeBits;

    private LpiChunk? Find(IntId lpi)
    {
        var chunks = _chunks;
        var number = ChunkNumber(lpi);
        return number < (uint)chunks.Length ? chunks[number] : null;
    }

    private LpiChunk FindOrAdd(IntId lpi) => Find(lpi) ?? Add((int)ChunkNumber(lpi));

    private LpiChunk Add(int number)
    {
        if (number >= _chunks.Length)
        {
            Array.Resize(ref _chunks, (int)BitOperations.RoundUpToPowerOf2((uint)number + 1));
        }

        return _chunks[number] = new LpiChunk();
    }

    private void SetRecord(LpiChunk chunk, IntId lpi, LpiRecord record)
    {
        var unknownBefore = chunk.UnknownCount;
        chunk.Set(IndexOf(lpi), record);
        UnknownCount += chunk.UnknownCount - unknownBefore;
    }
}
