using ItsService.Differential.Generation;
using ItsService.Differential.Sides;
using ItsService.Differential.Steps;

namespace ItsService.Differential.Comparison;

/// <summary>
/// Puts commands into the queue as a driver does: behind those that wait, and no more than there is room.
/// </summary>
/// <param name="guest">What is remembered of the slots.</param>
/// <param name="canary">What the service gets in place of a command; null to give it the same.</param>
internal sealed class QueueDriver(GuestState guest, Func<CommandSlot, CommandSlot>? canary)
{
    private const int BatchMax = 2000;

    private IReadOnlyList<ulong> _scrubbed = [];
    private LiveRegisters? _scrubbedFor;

    /// <summary>A list of accesses that begins with what is due: consumed slots that must not be read again.</summary>
    public AccessList Begin(LiveRegisters registers)
    {
        if (!ReferenceEquals(_scrubbedFor, registers))
        {
            (_scrubbed, _scrubbedFor) = (guest.TakeConsumedSlots(registers), registers);
        }

        var list = new AccessList();
        foreach (var slot in _scrubbed)
        {
            list.WriteMemory(slot, CommandSlot.Encode(CommandSlot.Sync(0)));
        }

        return list;
    }

    /// <summary>Whether a step's commands have no queue to go to, or must run at once and cannot.</summary>
    public static bool CannotTake(CommandsStep step, LiveRegisters registers) =>
        !registers.QueueIsValid
        || !GuestLayout.IsInRam(registers.QueueAddress, 4096)
        || ((step.IsAlone || step.ReadsControl) && !registers.QueueRuns);

    /// <summary>Adds the writes of as many commands as there is room for; returns how many.</summary>
    public int Put(
        CommandsStep step, int first, LiveRegisters registers, AccessList list, AccessList forService)
    {
        var begin = registers.WriteOffset < registers.QueueBytes ? registers.WriteOffset : registers.ReadOffset;
        var slots = (int)(registers.QueueBytes / CommandSlot.SizeBytes);
        var waiting = Distance(registers.ReadOffset, begin, registers);
        var count = Math.Min(Math.Min(slots - 1 - waiting, step.Commands.Count - first), BatchMax);
        if (count == 0)
        {
            return 0;
        }

        CommandSlot[] commands = [.. step.Commands.Skip(first).Take(count)];
        Write(list, begin, commands, registers);
        Write(forService, begin, canary is null ? commands : Array.ConvertAll(commands, Converted), registers);
        var end = (begin + ((ulong)count * CommandSlot.SizeBytes)) % registers.QueueBytes;
        list.Write(Places.GitsCwriter, 8, end);
        forService.Write(Places.GitsCwriter, 8, end);
        guest.NoteSlots(begin, commands, step.IsAlone, registers);
        return count;
    }

    /// <summary>How many commands were consumed between two looks.</summary>
    public static int CountConsumed(LiveRegisters before, LiveRegisters after) =>
        Distance(before.ReadOffset, after.ReadOffset, after);

    private CommandSlot Converted(CommandSlot command) => canary!(command);

    private static int Distance(ulong from, ulong to, LiveRegisters registers) =>
        (int)((to + registers.QueueBytes - from) % registers.QueueBytes / CommandSlot.SizeBytes);

    /// <summary>What lies beyond the end of RAM a guest cannot write.</summary>
    private static void Write(AccessList list, ulong begin, CommandSlot[] commands, LiveRegisters registers)
    {
        var untilEnd = (int)((registers.QueueBytes - begin) / CommandSlot.SizeBytes);
        var firstPart = Math.Min(untilEnd, commands.Length);
        WritePart(list, registers.QueueAddress + begin, commands.AsSpan(0, firstPart));
        WritePart(list, registers.QueueAddress, commands.AsSpan(firstPart));
    }

    private static void WritePart(AccessList list, ulong address, ReadOnlySpan<CommandSlot> commands)
    {
        var inRam = address < GuestLayout.RamEnd ? (GuestLayout.RamEnd - address) / CommandSlot.SizeBytes : 0;
        commands = commands[..(int)Math.Min((ulong)commands.Length, inRam)];
        if (commands.Length > 0)
        {
            list.WriteMemory(address, CommandSlot.Encode(commands));
        }
    }
}
