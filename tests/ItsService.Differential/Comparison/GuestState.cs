using ItsService.Differential.Generation;
using ItsService.Differential.Steps;

namespace ItsService.Differential.Comparison;

/// <summary>What the guest must remember of what it did, since no register tells it.</summary>
internal sealed class GuestState
{
    private readonly List<ulong> _usedOnce = [];

    /// <summary>CPUs for which GICR_PENDBASER was written with PTZ and LPIs were not enabled since.</summary>
    public HashSet<int> PendingTableZero { get; } = [];

    /// <summary>The largest end of the LPIs in range that any CPU has had.</summary>
    public uint LargestLpiEnd { get; private set; }

    /// <summary>LPIs whose configuration was changed and that no invalidation has reached since.</summary>
    public HashSet<uint> StaleLpis { get; } = [];

    /// <summary>Notes where in the queue commands lie that must not be executed again.</summary>
    public void NoteSlots(ulong firstSlot, IReadOnlyList<CommandSlot> commands, bool isAlone, LiveRegisters registers)
    {
        for (var index = 0; index < commands.Count; index++)
        {
            // MAPD again would find the ITT no longer empty; a command that is alone must stay alone.
            var offset = (firstSlot + ((ulong)index * CommandSlot.SizeBytes)) % registers.QueueBytes;
            if ((isAlone || commands[index] is { Opcode: Opcode.Mapd, IsValid: true })
                && GuestLayout.IsInRam(registers.QueueAddress + offset, CommandSlot.SizeBytes))
            {
                _usedOnce.Add(registers.QueueAddress + offset);
            }
        }
    }

    /// <summary>The slots of such commands that are consumed; they are forgotten.</summary>
    public IReadOnlyList<ulong> TakeConsumedSlots(LiveRegisters registers)
    {
        ulong[] consumed = [.. _usedOnce.Where(slot => !Waits(slot, registers))];
        _usedOnce.RemoveAll(slot => !Waits(slot, registers));
        return consumed;
    }

    /// <summary>Follows what a step has done to the redistributors.</summary>
    public void Follow(Step step, LiveRegisters before, LiveRegisters after)
    {
        foreach (var cpu in before.Cpus)
        {
            LargestLpiEnd = Math.Max(LargestLpiEnd, after.LpiEnd(cpu));
            var written = step is WriteStep writes
                ? writes.Writes.LastOrDefault(write => write.Touches(Places.GicrPendbaser(cpu), 8))
                : default;
            if (written.SizeBytes >= 4 && !before.LpisEnabled(cpu))
            {
                NotePendbaser(cpu, written);
            }

            if (after.LpisEnabled(cpu) && !before.LpisEnabled(cpu))
            {
                PendingTableZero.Remove(cpu);
            }
        }
    }

    /// <summary>A 4-byte write leaves the other half as it was.</summary>
    private void NotePendbaser(int cpu, RegisterWrite write)
    {
        var low = Places.GicrPendbaser(cpu);
        if (write.SizeBytes != 8 && write.Address == low)
        {
            return;
        }

        var ptz = write.Value >> (write.Address == low ? 62 : 30);
        if ((ptz & 1) != 0)
        {
            PendingTableZero.Add(cpu);
        }
        else
        {
            PendingTableZero.Remove(cpu);
        }
    }

    private static bool Waits(ulong slot, LiveRegisters registers)
    {
        if (registers.WriteOffset >= registers.QueueBytes || slot < registers.QueueAddress
            || slot >= registers.QueueAddress + registers.QueueBytes)
        {
            return false;
        }

        var offset = slot - registers.QueueAddress;
        return registers.ReadOffset <= registers.WriteOffset
            ? offset >= registers.ReadOffset && offset < registers.WriteOffset
            : offset >= registers.ReadOffset || offset < registers.WriteOffset;
    }
}
