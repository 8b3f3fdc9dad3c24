using ItsService.Core.Explanation;
using ItsService.Core.Identifiers;
using ItsService.Core.Redistributors;

namespace ItsService.Core;

/// <summary>
/// What the ITSs and redistributors hold, for people. Reading it changes nothing, in either run state.
/// </summary>
/// <remarks>
/// Enumerations look at the live state while they go: they copy nothing, and end with the next entry into the
/// controller. Who needs longer takes what it needs into a list of its own first.
/// </remarks>
public sealed class GicInspection
{
    private readonly GicParts _parts;

    internal GicInspection(GicParts parts) => _parts = parts;

    /// <summary>An ITS's control state.</summary>
    public ItsSummary Its(int number)
    {
        var service = _parts.Services[number];
        var queue = service.Queue;
        return new ItsSummary
        {
            IsEnabled = service.IsEnabled,
            IsStalled = queue.IsStalled,
            IsQueueValid = queue.Base.Valid,
            QueueAddress = queue.Base.Address,
            QueueSizeBytes = queue.Base.SizeBytes,
            ReadOffset = queue.ReadOffset,
            WriteOffset = queue.Cwriter,
            CollectionCount = service.Collections.Count,
            DeviceCount = service.Devices.Count,
        };
    }

    /// <summary>An ITS's mapped collections, by number.</summary>
    public IEnumerable<(CollectionId Collection, VcpuIndex Target)> Collections(int itsNumber) =>
        _parts.Services[itsNumber].Collections.InOrder();

    /// <summary>An ITS's mapped devices, by number.</summary>
    public IEnumerable<DeviceSummary> Devices(int itsNumber) =>
        _parts.Services[itsNumber].Devices.InOrder().Select(entry => new DeviceSummary(
            entry.Value.Id, entry.Value.IttAddress, entry.Value.EventIdBits, entry.Value.Events.Count));

    /// <summary>A device's mapped events, by number; none when the device is not mapped.</summary>
    public IEnumerable<EventSummary> Events(int itsNumber, DeviceId device) =>
        _parts.Services[itsNumber].Devices[device.Value]?.Events.InOrder().Select(entry =>
            new EventSummary(new EventId(entry.Key), entry.Value.Lpi, entry.Value.Collection)) ?? [];

    /// <summary>A redistributor's state as far as LPIs go.</summary>
    public RedistributorSummary Redistributor(VcpuIndex vcpu) => SummaryOf(_parts.Redistributors[vcpu.Value]);

    /// <summary>
    /// What is known of an LPI's configuration, wherever it is pending or mapped: the byte that the controller goes by
    /// need not be the one in guest memory now.
    /// </summary>
    public LpiSummary Lpi(IntId lpi) => SummaryOf(_parts, lpi);

    /// <summary>The LPIs pending at a redistributor, by number.</summary>
    public IEnumerable<PendingLpiSummary> PendingLpis(VcpuIndex vcpu) =>
        _parts.Redistributors[vcpu.Value].Lpis.InOrder().Select(lpi =>
        {
            var configuration = _parts.Configurations[lpi];
            return new PendingLpiSummary(lpi, configuration.IsEnabled, configuration.Priority);
        });

    /// <summary>
    /// The way of a device's event with every value, and what holds it up first. It reads guest memory: where some is
    /// not resident, what depends on it is not known yet.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such ITS.</exception>
    public InterruptExplanation Explain(int itsNumber, DeviceId device, EventId eventId)
    {
        IndexRange.ThrowUnlessBelow(_parts.Services.Length, itsNumber, nameof(itsNumber));
        return PathReading.OfEvent(_parts.Services[itsNumber], device, eventId);
    }

    /// <summary>
    /// The same of an interrupt by its INTID; null where there is none of that number. The vCPU tells whose SGI or PPI.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vCPU.</exception>
    public InterruptExplanation? Explain(IntId intId, VcpuIndex vcpu = default)
    {
        IndexRange.ThrowUnlessBelow(_parts.Redistributors.Length, vcpu.Value, nameof(vcpu));
        return !intId.IsLpi ? PathReading.OfDirect(_parts, intId, vcpu)
            : (intId.Value >> _parts.Profile.IntIdBits) == 0 ? PathReading.OfLpi(_parts, intId)
            : null;
    }

    internal static RedistributorSummary SummaryOf(Redistributor redistributor) => new()
    {
        Affinity = redistributor.Affinity,
        AreLpisEnabled = redistributor.LpisEnabled,
        ConfigurationTable = redistributor.ConfigurationTable.Address,
        IntIdBits = redistributor.IntIdBits,
        PendingTable = redistributor.PendingTable,
        PendingLpiCount = redistributor.Lpis.Count,
    };

    internal static LpiSummary SummaryOf(GicParts parts, IntId lpi)
    {
        var configuration = parts.Configurations[lpi];
        return new LpiSummary(
            parts.Configurations.Record(lpi).IsConfigurationKnown,
            configuration.IsEnabled,
            configuration.Priority);
    }
}
