using ItsService.Differential.Steps;
using ItsService.Qtest;

namespace ItsService.Differential.Generation;

/// <summary>What every guest does.</summary>
internal sealed class CommonSteps(
    Prng random, SequencePlan plan, NumberPools numbers, GuestBelief belief, CommandMix mix)
{
    private const uint FirstLpi = 8192;

    /// <summary>Commands of all kinds; few as a rule, and now and then 2,000.</summary>
    public IEnumerable<Step> Commands()
    {
        var count = random.PickWeighted(
        [
            (40, 1), (40, random.Between(2, 9)), (25, random.Between(10, 99)), (6, random.Between(100, 600)),
            (1, 2000),
        ]);
        yield return new CommandsStep(mix.Next(count));
    }

    /// <summary>A device gets many events with LPIs one after another, and all of them are raised.</summary>
    public IEnumerable<Step> Bulk()
    {
        var device = random.Pick(numbers.GoodDeviceIds);
        var count = random.Pick(64, 256, 500);
        var first = FirstLpi + (uint)random.Next(2048);
        var icids = numbers.GoodIcids;
        yield return new CommandsStep(
        [
            mix.Mapd(device, size: 8),
            .. Enumerable.Range(0, count).Select(index => Note(CommandSlot.Mapti(
                device, (uint)index, first + (uint)index, icids[index % icids.Count]))),
        ]);
        yield return new CommandsStep(
        [
            .. Enumerable.Range(0, 2 * count).Select(_ => CommandSlot.Int(device, (uint)random.Next(count + 1))),
        ]);
    }

    /// <summary>A device with so many events that an EventID can be an LPI.</summary>
    public IEnumerable<Step> EventsThatAreLpis()
    {
        var device = random.Pick(numbers.GoodDeviceIds);
        var events = Enumerable.Range(0, random.Between(1, 20)).Select(_ => numbers.GoodLpi()).ToArray();
        yield return new CommandsStep(
        [
            mix.Mapd(device, size: random.Pick(13, 13, 12)),
            .. events.Select(eventId => Note(CommandSlot.Mapi(device, eventId, random.Pick(numbers.GoodIcids)))),
            .. events.Select(eventId => CommandSlot.Int(device, eventId)),
        ]);
    }

    /// <summary>INTs alone, as many as a queue is good for.</summary>
    public IEnumerable<Step> Interrupts()
    {
        var count = random.PickWeighted([(3, 50), (3, 300), (2, 1000), (1, 2000)]);
        var commands = new CommandSlot[count];
        for (var index = 0; index < count; index++)
        {
            var (device, eventId) = belief.Event(mappedPercent: 95);
            commands[index] = CommandSlot.Int(device, eventId);
        }

        yield return new CommandsStep(commands);
    }

    /// <summary>Messages of the only device that a qtest store can be.</summary>
    public IEnumerable<Step> Messages()
    {
        var writes = new RegisterWrite[random.Between(1, 6)];
        for (var index = 0; index < writes.Length; index++)
        {
            var value = numbers.Event(belief.EventIdBitsOf(0));
            var sizeBytes = random.PickWeighted([(5, 4), (3, 2), (1, 1)]);
            writes[index] = new RegisterWrite(
                Places.GitsTranslater, sizeBytes, sizeBytes == 4 ? value : value & ((1U << (8 * sizeBytes)) - 1));
        }

        yield return new WriteStep(writes);
    }

    /// <summary>Commands are put into the queue of a disabled ITS, which is enabled then.</summary>
    public IEnumerable<Step> DisabledMeanwhile()
    {
        yield return new WriteStep(Places.GitsCtlr, 4, 0);
        yield return new CommandsStep(mix.Next(random.Between(1, 60)));
        if (random.Chance(50))
        {
            yield return new WriteStep(Places.GitsTranslater, 4, (ulong)random.Next(8));
        }

        yield return new WriteStep(Places.GitsCtlr, 4, 1);
    }

    /// <summary>LPIs of a CPU are disabled, interrupts come, and LPIs are enabled again.</summary>
    public IEnumerable<Step> LpisDisabledMeanwhile()
    {
        var cpu = random.Next(plan.CpuCount);
        yield return new WriteStep(Places.GicrCtlr(cpu), 4, 0);
        yield return new CommandsStep(mix.Next(random.Between(1, 30)));
        yield return new WriteStep(Places.GicrCtlr(cpu), 4, 1);
    }

    /// <summary>All redistributors get another width of INTIDs, or another place for what is pending.</summary>
    public IEnumerable<Step> NewLpiTables()
    {
        var idBits = random.Pick(plan.IdBits, 13, 14, 15, 12);
        var cpus = Enumerable.Range(0, plan.CpuCount).ToArray();
        yield return new WriteStep([.. cpus.Select(cpu => new RegisterWrite(Places.GicrCtlr(cpu), 4, 0))])
        {
            IsWhole = true,
        };
        if (!plan.RunsCpus)
        {
            belief.IdBits = idBits;
            var tables = cpus.Select(cpu => new RegisterWrite(
                Places.GicrPropbaser(cpu), 8, GuestLayout.ConfigurationTable | (uint)idBits));
            yield return new WriteStep([.. tables]) { IsWhole = true };
            var moved = random.Next(plan.CpuCount);
            yield return new WriteStep(Places.GicrPendbaser(moved), 8, random.Chance(50)
                ? GuestLayout.OtherPendingTable(moved)
                : GuestLayout.PendingTable(moved));
        }

        yield return new WriteStep([.. cpus.Select(cpu => new RegisterWrite(Places.GicrCtlr(cpu), 4, 1))]);
    }

    /// <summary>A register is read: one that is there, or any place, in any size.</summary>
    public IEnumerable<Step> Read()
    {
        var address = Address();
        var sizeBytes = random.PickWeighted([(4, 4), (3, 8), (1, 2), (1, 1)]);
        // An 8-byte read across registers is among the sloppy steps.
        yield return new ReadStep(address & ~(ulong)(sizeBytes - 1), sizeBytes);
    }

    /// <summary>A place in the frames that have to do with LPIs.</summary>
    public ulong Address() => random.Next(10) switch
    {
        0 => VirtMachine.GicdBase + (ulong)(8 * random.Next(2)) + 8,
        1 => VirtMachine.GicdBase + 0xFFD0 + (ulong)(4 * random.Next(12)),
        2 or 3 => VirtMachine.GicrOf(random.Next(plan.CpuCount)) + (ulong)(4 * random.Next(0x40)),
        4 => VirtMachine.GicrOf(random.Next(plan.CpuCount)) + 0xFFD0 + (ulong)(4 * random.Next(12)),
        5 => VirtMachine.GitsBase + (ulong)(4 * random.Next(0x4000)),
        6 => VirtMachine.GitsBase + 0xFFD0 + (ulong)(4 * random.Next(12)),
        7 => VirtMachine.GitsBase + 0x1_0000 + (ulong)(4 * random.Next(0x20)),
        _ => VirtMachine.GitsBase + (ulong)(4 * random.Next(0x60)),
    };

    private CommandSlot Note(CommandSlot command)
    {
        belief.Note(command);
        return command;
    }
}
