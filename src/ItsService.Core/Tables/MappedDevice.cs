using ItsService.Core.Identifiers;
using ItsService.Core.State;

namespace ItsService.Core.Tables;

/// <summary>A device that MAPD has mapped, with its events (a DTE and its ITT).</summary>
internal sealed class MappedDevice(DeviceId id, GuestAddress ittAddress, int eventIdBits)
{
    public DeviceId Id { get; } = id;

    /// <summary>Where the guest has given memory for the interrupt translation table.</summary>
    public GuestAddress IttAddress { get; } = ittAddress;

    /// <summary>The number of EventID bits, 1..32.</summary>
    public int EventIdBits { get; } = eventIdBits;

    /// <summary>The mapped events by EventID.</summary>
    public IdMap<InterruptTranslationEntry> Events { get; } = new();

    public bool IsInRange(EventId eventId) => eventId.Value < 1UL << EventIdBits;

    public DeviceState Save(EventMemory memory)
    {
        var events = memory(Events.Count)[..Events.Count];
        Events.Project(
            events.Span, static (eventId, entry) => new EventState(eventId, entry.Lpi.Value, entry.Collection.Value));
        return new DeviceState(Id.Value, IttAddress.Value, EventIdBits, events);
    }

    /// <summary>The event's entry in guest memory.</summary>
    public GuestAddress EntryAddress(EventId eventId) =>
        IttAddress + (eventId.Value * InterruptTranslationEntry.GuestSizeBytes);
}
