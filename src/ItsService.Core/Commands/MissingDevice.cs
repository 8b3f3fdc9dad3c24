using ItsService.Core.Identifiers;
using ItsService.Core.Tables;

namespace ItsService.Core.Commands;

/// <summary>
/// What is wrong with a command whose device no MAPD has mapped. The table decides, and it decides the same for every
/// command: a DeviceID that has a place there is unmapped, any other is out of range (commands section 6).
/// </summary>
internal static class MissingDevice
{
    public static CommandResult Classify(
        InterruptTranslationService service, DeviceId device, CommandError outOfRange, CommandError unmapped) =>
        Classify(service.LocateDevice(device), outOfRange, unmapped);

    public static CommandResult Classify(TableSlot slot, CommandError outOfRange, CommandError unmapped) =>
        slot.IsFound ? unmapped : CommandResult.From(slot, outOfRange);
}
