using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;
using ItsService.SaveLoad.Accounts;
using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Saves;

/// <summary>
/// Gives a saved state to a second VM and looks whether it is the same there; and lets that VM run: what was in flight
/// is executed once, and what is pending can be acknowledged, no more and no less.
/// </summary>
internal sealed class RestoreCheck(EventPlan plan, LoadFaults faults)
{
    private const uint CwriterOffset = 0x88;
    private const uint CreadrOffset = 0x90;
    private static readonly TimeSpan QueueTimeMax = TimeSpan.FromMinutes(1);
    private static readonly SaveOptions AsItStands = new() { StayPaused = true, OmitTables = true };

    /// <summary>Restores into a VM that is Paused, and compares all of it.</summary>
    public static async Task RestoreAsync(MemoryImage memory, VmHandle to, SavedController saved)
    {
        await memory.WriteToAsync(to);
        await to.RestoreAsync(saved.Bytes);
        var restored = new SavedController(await to.SaveAsync(AsItStands));
        if (!restored.State.Equals(saved.State))
        {
            throw new AccountException($"the restored state differs in {DifferencesOf(saved.State, restored.State)}");
        }

        for (var its = 0u; its < GuestLayout.ItsCount; its++)
        {
            await MustReadAsync(to, its, CreadrOffset, saved.State.Its[(int)its].ReadOffset);
            await MustReadAsync(to, its, CwriterOffset, saved.State.Its[(int)its].WriteOffset);
        }
    }

    /// <summary>Lets a restored VM run and takes all that is pending. Returns how many that were.</summary>
    public async Task<int> RunToEndAsync(VmHandle vm, SavedController saved, IReadOnlyList<GuestCommand> inFlight)
    {
        var before = await ServiceTotals.OfAsync(vm);
        await faults.BeforeCheckAsync(vm, saved);
        await vm.ResumeAsync();
        await UntilQueuesEndAsync(vm, saved);
        var ended = new SavedController(await vm.SaveAsync(AsItStands));
        if (ended.Summary.InFlightCommands != 0)
        {
            throw new AccountException($"{ended.Summary.InFlightCommands} commands are in flight where none can be");
        }

        var counts = new CommandCounts(plan.Events.Count);
        counts.Add(inFlight);
        var executed = (await ServiceTotals.OfAsync(vm)).Since(before).Executed;
        if (ServiceTotals.Difference(executed, counts.ByOpcode) is { Count: > 0 } wrong)
        {
            throw new AccountException(
                $"of {inFlight.Count} commands in flight the restored VM executed more or fewer: {Words(wrong)}");
        }

        Compare(PendingAfter(saved, inFlight), ended.Pending);
        await vm.ResumeAsync();
        var takenCount = await PendingDrain.TakeAllAsync(vm, plan, ended);
        await vm.PauseAsync();
        return takenCount;
    }

    /// <summary>Commands by their opcodes, as "2 Movi, -1 Int".</summary>
    public static string Words(IReadOnlyDictionary<Opcode, long> commands) =>
        string.Join(", ", commands.OrderBy(entry => entry.Key).Select(entry => $"{entry.Value} {entry.Key}"));

    /// <summary>What is pending when the commands in flight are executed; at which vCPU does not matter.</summary>
    private HashSet<uint> PendingAfter(SavedController saved, IReadOnlyList<GuestCommand> inFlight)
    {
        var pending = saved.Pending.ToHashSet();
        foreach (var command in inFlight)
        {
            switch (command.Opcode)
            {
                case Opcode.Int:
                    pending.Add(plan.Events[command.Event].Lpi);
                    break;
                case Opcode.Clear or Opcode.Discard:
                    pending.Remove(plan.Events[command.Event].Lpi);
                    break;
            }
        }

        return pending;
    }

    private void Compare(HashSet<uint> expected, IEnumerable<uint> pending)
    {
        var (should, does) = (expected.Order().ToList(), pending.Order().ToList());
        if (!should.SequenceEqual(does))
        {
            var wrong = should.Except(does).Select(lpi => $"{plan.OfLpi(lpi)} is missing")
                .Concat(does.Except(should).Select(lpi => $"{plan.OfLpi(lpi)} should not be there"))
                .DefaultIfEmpty("an LPI is pending at two vCPUs");
            throw new AccountException(
                $"pending in the restored VM when its commands have ended: {string.Join("; ", wrong)}");
        }
    }

    private static async Task UntilQueuesEndAsync(VmHandle vm, SavedController saved)
    {
        using var late = new CancellationTokenSource(QueueTimeMax);
        for (var its = 0u; its < GuestLayout.ItsCount; its++)
        {
            var place = RegisterPlace.Named("GITS_CREADR", its);
            while ((await vm.ReadRegisterAsync(place, late.Token)).Value != saved.State.Its[(int)its].WriteOffset)
            {
            }
        }
    }

    private static async Task MustReadAsync(VmHandle vm, uint its, uint offset, uint expected)
    {
        var value = await vm.GetAttributeAsync(DeviceAttributeId.ItsRegister(new ItsIndex(its), offset));
        if (value != expected)
        {
            throw new AccountException(
                $"ITS {its}: the register at 0x{offset:x} reads 0x{value:x} in the restored VM, not 0x{expected:x}");
        }
    }

    private static string DifferencesOf(SavedState saved, SavedState restored) => string.Join(
        ", ",
        SavedState.Descriptor.Fields.InFieldNumberOrder()
            .Where(field => !Equals(field.Accessor.GetValue(saved), field.Accessor.GetValue(restored)))
            .Select(field => field.Name));
}
