using ItsService.Differential.Generation;
using ItsService.Differential.Steps;

namespace ItsService.Differential.Comparison;

/// <summary>What the guest must remember of what it did, since no register tells it.</summary>
internal sealed class GuestState
{
    private readonly List<ulong> _usedOnce = [];

    /// <summary>CPUs for which GICR_PENDBASER was written with PTZ and LPIs were not enabled since.</summary>
    public HashSet<int> PendingTableZero { get; } = [];

    /// <summary>LPIs whose configuration was changed and that no invalidation has reached since.</summary>
    public HashSet<uint> StaleLpis { get; } = [];

    /// <summary>Notes where in the queue commands lie that must not be executed again.</summary>
    public void NoteSlots(ulong firstSlot, IReadOnlyList<CommandSlot> commands, bool isAlone, LiveRegisters registers)
    {
        for (var index = 0; index < commands.Count; index++)
        {
            // MAPD again would find the ITT no longer empty; a command that is alone must stay alone.
            if (isAlone || commands[index] is { Opcode: Opcode.Mapd, IsValid: true })
            {
                var offset = (firstSlot + ((ulong)index * CommandSlot.SizeBytes)) % registers.QueueBytes;
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

    /// <summary>A 4-byte write leaves the other half as it reads, and PTZ reads as 0.</summary>
    private void NotePendbaser(int cpu, RegisterWrite write)
    {
        var ptz = write.Address == Places.GicrPendbaser(cpu) && write.SizeBytes == 8
            ? write.Value >> 62
            : write.Address == Places.GicrPendbaser(cpu) + 4 ? write.Value >> 30 : 0;
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
