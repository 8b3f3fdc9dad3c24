using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>
/// Which events of a VM are wanted: those that every filter matches. An empty one matches all; one with values matches
/// the events that have one of them, and none to which it does not apply.
/// </summary>
public sealed record TraceFilters
{
    /// <summary>The kinds.</summary>
    public IReadOnlyCollection<TraceEventKind> Kinds { get; init; } = [];

    /// <summary>The ITSs.</summary>
    public IReadOnlyCollection<ItsIndex> Its { get; init; } = [];

    /// <summary>The devices.</summary>
    public IReadOnlyCollection<DeviceId> Devices { get; init; } = [];

    /// <summary>The events of devices.</summary>
    public IReadOnlyCollection<EventId> Events { get; init; } = [];

    /// <summary>The interrupts.</summary>
    public IReadOnlyCollection<IntId> IntIds { get; init; } = [];

    /// <summary>The vCPUs.</summary>
    public IReadOnlyCollection<VcpuIndex> Vcpus { get; init; } = [];

    internal TraceRequest ToRequest(VmName vm) => new()
    {
        Vm = vm.Value,
        Kinds = { Kinds },
        Its = { Its.Select(its => its.Value) },
        DeviceIds = { Devices.Select(device => device.Value) },
        EventIds = { Events.Select(eventId => eventId.Value) },
        IntIds = { IntIds.Select(intId => intId.Value) },
        Vcpus = { Vcpus.Select(vcpu => vcpu.Value) },
    };
}
