using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tables;

namespace ItsService.Core.Redistributors;

/// <summary>
/// The LPI configurations as last read from guest memory. They are read at the moments that decision 0002 names: when
/// an event is mapped, when LPIs are enabled, and by INV, INVALL, INVLPIR and INVALLR. The redistributors of a VM share
/// them, as they share the table.
/// </summary>
internal sealed class LpiConfigurations(GicParts parts)
{
    private readonly IdMap<LpiRecord> _records = new();

    /// <summary>How many LPIs are known.</summary>
    public int Count => _records.Count;

    /// <summary>How many LPIs are mapped or pending whose configuration could not be read yet.</summary>
    public int UnknownCount { get; private set; }

    /// <summary>The configuration that is in force; an LPI that was never read is disabled.</summary>
    public LpiConfiguration this[IntId lpi] => Record(lpi).Configuration;

    public LpiRecord Record(IntId lpi) => _records[lpi.Value - IntId.FirstLpi];

    /// <summary>Notes through which collection the LPI was mapped last; that tells INVALL what concerns it.</summary>
    public void SetOwner(IntId lpi, int itsNumber, CollectionId collection)
    {
        var record = Record(lpi);
        UnknownCount += record.IsPresent ? 0 : 1;
        _records.Set(lpi.Value - IntId.FirstLpi, record.WithOwner(itsNumber, collection));
    }

    /// <summary>Notes an LPI that is pending though its configuration could not be read.</summary>
    public void NoteUnknown(IntId lpi)
    {
        if (!Record(lpi).IsPresent)
        {
            UnknownCount++;
            _records.Set(lpi.Value - IntId.FirstLpi, LpiRecord.Unknown);
        }
    }

    /// <summary>Takes a configuration into force, wherever the LPI is pending.</summary>
    public void Store(IntId lpi, LpiConfiguration configuration)
    {
        var record = Record(lpi);
        UnknownCount -= record is { IsPresent: true, IsConfigurationKnown: false } ? 1 : 0;
        _records.Set(lpi.Value - IntId.FirstLpi, record.WithConfiguration(configuration));
        if (record.Configuration == configuration)
        {
            return;
        }

        foreach (var redistributor in parts.Redistributors)
        {
            if (redistributor.Lpis.Count != 0)
            {
                redistributor.Lpis.Reclassify(lpi, record.Configuration, configuration);
            }
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

    /// <summary>The LPIs known, in ascending order.</summary>
    public IEnumerable<(IntId Lpi, LpiRecord Record)> InOrder() =>
        _records.InOrder().Select(entry => (new IntId(entry.Key + IntId.FirstLpi), entry.Value));

    public void Reset()
    {
        _records.Clear();
        UnknownCount = 0;
    }
}
