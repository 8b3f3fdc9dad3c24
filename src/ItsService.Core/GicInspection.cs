using ItsService.Core.Identifiers;

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
    public RedistributorSummary Redistributor(VcpuIndex vcpu)
    {
        var redistributor = _parts.Redistributors[vcpu.Value];
        return new RedistributorSummary
        {
            Affinity = redistributor.Affinity,
            AreLpisEnabled = redistributor.LpisEnabled,
            ConfigurationTable = redistributor.ConfigurationTable.Address,
            IntIdBits = redistributor.IntIdBits,
            PendingTable = redistributor.PendingTable,
            PendingLpiCount = redistributor.Lpis.Count,
        };
    }

    /// <summary>
    /// What is known of an LPI's configuration, wherever it is pending or mapped: the byte that the controller goes by
    /// need not be the one in guest memory now.
    /// </summary>
    public LpiSummary Lpi(IntId lpi)
    {
        var configuration = _parts.Configurations[lpi];
        return new LpiSummary(
            _parts.Configurations.Record(lpi).IsConfigurationKnown,
            configuration.IsEnabled,
            configuration.Priority);
    }

    /// <summary>The LPIs pending at a redistributor, by number.</summary>
    public IEnumerable<PendingLpiSummary> PendingLpis(VcpuIndex vcpu) =>
        _parts.Redistributors[vcpu.Value].Lpis.InOrder().Select(lpi =>
        {
            var configuration = _parts.Configurations[lpi];
            return new PendingLpiSummary(lpi, configuration.IsEnabled, configuration.Priority);
        });
}
