namespace ItsService.Server.State;

/// <summary>How a save is asked for, checked.</summary>
/// <param name="VmName">"vms/{vm}".</param>
/// <param name="RefusesInFlight">Refuse while commands are in flight.</param>
/// <param name="DrainTime">How long the queues may take to end first; null to leave them as they are.</param>
/// <param name="StaysPaused">Leave the VM Paused.</param>
/// <param name="WritesTables">Write the tables in guest memory.</param>
/// <param name="TakesMachine">Take the spec and a copy of guest memory as well, of the same instant.</param>
internal sealed record SaveOrder(
    string VmName,
    bool RefusesInFlight,
    TimeSpan? DrainTime,
    bool StaysPaused,
    bool WritesTables,
    bool TakesMachine = false);
