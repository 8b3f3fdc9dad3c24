using ItsService.Differential.Steps;

namespace ItsService.Differential.Generation;

/// <summary>What a guest does that means harm.</summary>
internal sealed class HostileSteps(
    Prng random, SequencePlan plan, NumberPools numbers, GuestBelief belief, CommandMix mix, SetUpSteps setUp)
{
    private const int SizeOfSixteenBits = 15;

    private bool _endOfRamIsUsed;

    public IReadOnlyList<(int Weight, Func<IEnumerable<Step>> Choice)> Choices =>
    [
        (3, WriteReadPointer), (4, TranslationTableOutsideRam),
        (2, TranslationTableBeyondRam), (4, DeviceTableOutsideRam), (4, CollectionTableOutsideRam),
        (3, QueueOutsideRam), (2, QueueBeyondRam), (3, BaseRegistersWhileEnabled), (3, LpiTablesWhileEnabled),
        (plan.RunsCpus ? 0 : 3, PendingTableOutsideRam), (plan.RunsCpus ? 0 : 3, UnlikeIdBits), (3, Level1Changes),
        (4, WriteWritePointer), (3, NoValidTables), (2, EnableOverStall),
    ];

    private IEnumerable<Step> WriteReadPointer()
    {
        yield return random.Chance(60)
            ? new WriteStep(Places.GitsCreadr, 8, random.Chance(50) ? random.NextBits() : (ulong)random.Next(256) * 16)
            : new WriteStep(Places.GitsCreadr + (random.Chance(50) ? 4UL : 0), 4, random.NextBits() & uint.MaxValue);
    }

    /// <summary>MAPD takes any address; what comes to an event of the device finds no memory.</summary>
    private IEnumerable<Step> TranslationTableOutsideRam()
    {
        var device = random.Pick(numbers.GoodDeviceIds);
        var size = random.Pick(4, 9, 15);
        yield return new CommandsStep([Noted(CommandSlot.Mapd(device, size, random.Pick(GuestLayout.Holes), true))]);
        foreach (var step in Disturbed(device, random.Pick(numbers.GoodIcids)))
        {
            yield return step;
        }

        yield return new CommandsStep([mix.Mapd(device, 4)]);
        yield return Repair();
    }

    /// <summary>An ITT at the end of RAM: its first events are inside, the others are not.</summary>
    private IEnumerable<Step> TranslationTableBeyondRam()
    {
        if (_endOfRamIsUsed)
        {
            yield break;
        }

        _endOfRamIsUsed = true;
        var device = random.Pick(numbers.GoodDeviceIds);
        var icid = random.Pick(numbers.GoodIcids);
        yield return new CommandsStep(
            [Noted(CommandSlot.Mapd(device, SizeOfSixteenBits, GuestLayout.RamEnd - 0x600, valid: true))]);
        yield return new CommandsStep(
        [
            CommandSlot.Mapti(device, 1, numbers.GoodLpi(), icid), CommandSlot.Int(device, 1),
            CommandSlot.Mapti(device, 0xC0, numbers.GoodLpi(), icid),
        ]);
        yield return Repair();
        yield return new CommandsStep([CommandSlot.Discard(device, 1), mix.Mapd(device, 4)]);
        yield return Repair();
    }

    private IEnumerable<Step> DeviceTableOutsideRam()
    {
        var hole = random.Pick(plan.DeviceTable.Holes);
        yield return new WriteStep(Places.GitsCtlr, 4, 0);
        yield return new WriteStep(Places.GitsBaser0, 8, SetUpSteps.Valid | plan.DeviceTable.Baser(hole));
        belief.ForgetDevices();
        yield return new WriteStep(Places.GitsCtlr, 4, 1);
        foreach (var step in Disturbed(random.Pick(numbers.GoodDeviceIds), random.Pick(numbers.GoodIcids)))
        {
            yield return step;
        }

        foreach (var step in RecoverAndMap())
        {
            yield return step;
        }
    }

    private IEnumerable<Step> CollectionTableOutsideRam()
    {
        var hole = random.Pick(plan.CollectionTable.Holes);
        yield return new WriteStep(Places.GitsCtlr, 4, 0);
        yield return new WriteStep(Places.GitsBaser1, 8, SetUpSteps.Valid | plan.CollectionTable.Baser(hole));
        yield return new WriteStep(Places.GitsCtlr, 4, 1);
        yield return new CommandsStep([CommandSlot.Mapc(random.Pick(numbers.GoodIcids), 0, valid: random.Chance(50))]);
        yield return Repair();
        foreach (var step in Disturbed(random.Pick(numbers.GoodDeviceIds), random.Pick(numbers.GoodIcids)))
        {
            yield return step;
        }

        foreach (var step in RecoverAndMap())
        {
            yield return step;
        }
    }

    /// <summary>Some commands that need a table, and what helps after a stall.</summary>
    private IEnumerable<Step> Disturbed(uint device, uint icid)
    {
        for (var turn = random.Between(2, 5); turn > 0; turn--)
        {
            var eventId = (uint)random.Next(8);
            var lpi = numbers.GoodLpi();
            yield return new CommandsStep(
            [
                random.Pick(
                    CommandSlot.Int(device, eventId), CommandSlot.Clear(device, eventId),
                    CommandSlot.Discard(device, eventId), CommandSlot.Inv(device, eventId),
                    CommandSlot.Movi(device, eventId, icid), CommandSlot.Mapti(device, eventId, lpi, icid),
                    CommandSlot.Mapi(device, lpi, icid), CommandSlot.Mapc(icid, 0, valid: false),
                    mix.Mapd(device, 4), CommandSlot.Mapd(device, 4, 0, valid: false)),
                CommandSlot.Sync(0),
            ]);
            yield return Repair();
        }
    }

    private IEnumerable<Step> QueueOutsideRam()
    {
        yield return new WriteStep(Places.GitsCtlr, 4, 0);
        yield return new WriteStep(Places.GitsCbaser, 8, setUp.Cbaser(random.Pick(GuestLayout.Holes)));
        yield return new WriteStep(Places.GitsCwriter, 8, 0);
        yield return new WriteStep(Places.GitsCtlr, 4, 1);
        yield return new WriteStep(Places.GitsCwriter, 8, (ulong)random.Between(1, 100) * CommandSlot.SizeBytes);
        yield return setUp.NewQueue(GuestLayout.Queue);
    }

    /// <summary>A queue of 17 pages whose last lies behind the end of RAM.</summary>
    private IEnumerable<Step> QueueBeyondRam()
    {
        if (_endOfRamIsUsed)
        {
            yield break;
        }

        _endOfRamIsUsed = true;
        yield return new WriteStep(
        [
            new RegisterWrite(Places.GitsCtlr, 4, 0),
            new RegisterWrite(Places.GitsCbaser, 8, SetUpSteps.Valid | GuestLayout.LastPage | 16),
            new RegisterWrite(Places.GitsCwriter, 8, 0),
            new RegisterWrite(Places.GitsCtlr, 4, 1),
        ]);
        yield return new CommandsStep(
            [.. Enumerable.Repeat(CommandSlot.Sync(0), 2040), .. mix.Next(20)]);
        yield return setUp.NewQueue(GuestLayout.Queue);
    }

    private IEnumerable<Step> BaseRegistersWhileEnabled()
    {
        yield return new WriteStep(
            random.Pick(Places.GitsCbaser, Places.GitsBaser0, Places.GitsBaser1), 8, random.NextBits());
        yield return new WriteStep(
            random.Pick(Places.GitsCbaser, Places.GitsBaser0 + 4, Places.GitsBaser1),
            4,
            random.NextBits() & uint.MaxValue);
    }

    private IEnumerable<Step> LpiTablesWhileEnabled()
    {
        var cpu = random.Next(plan.CpuCount);
        yield return new WriteStep(Places.GicrCtlr(cpu), 4, 1);
        yield return random.Chance(50)
            ? new WriteStep(Places.GicrPropbaser(cpu), 8, random.NextBits())
            : new WriteStep(Places.GicrPendbaser(cpu), 8, random.NextBits());
        yield return new CommandsStep(mix.Next(4));
    }

    private IEnumerable<Step> PendingTableOutsideRam()
    {
        var cpu = random.Next(plan.CpuCount);
        var icid = random.Pick(numbers.GoodIcids);
        var device = random.Pick(numbers.GoodDeviceIds);
        yield return new WriteStep(Places.GicrCtlr(cpu), 4, 0);
        yield return new WriteStep(Places.GicrPendbaser(cpu), 8, random.Pick(GuestLayout.Holes));
        yield return new WriteStep(Places.GicrCtlr(cpu), 4, 1);
        yield return new CommandsStep(
        [
            CommandSlot.Mapc(icid, (ulong)cpu, valid: true), mix.Mapd(device, 4),
            CommandSlot.Mapti(device, 1, numbers.GoodLpi(), icid), CommandSlot.Int(device, 1),
        ]);
        yield return new WriteStep(Places.GicrCtlr(cpu), 4, 0);
        yield return new WriteStep(Places.GicrPendbaser(cpu), 8, GuestLayout.PendingTable(cpu));
        yield return new WriteStep(Places.GicrCtlr(cpu), 4, 1);
    }

    /// <summary>One redistributor has fewer LPIs than the others, and an LPI is moved to it that it has not.</summary>
    private IEnumerable<Step> UnlikeIdBits()
    {
        if (plan.CpuCount < 2)
        {
            yield break;
        }

        var cpu = random.Between(1, plan.CpuCount - 1);
        var device = random.Pick(numbers.GoodDeviceIds);
        var (from, to) = (numbers.GoodIcids[0], numbers.GoodIcids[1]);
        yield return new WriteStep([.. IdBits(0, 14), .. IdBits(cpu, 13)]) { IsWhole = true };
        yield return new CommandsStep(
        [
            CommandSlot.Mapc(from, 0, valid: true), CommandSlot.Mapc(to, (ulong)cpu, valid: true), mix.Mapd(device, 4),
            CommandSlot.Mapti(device, 3, 20_000, from), CommandSlot.Mapti(device, 4, 20_001, to),
            CommandSlot.Int(device, 3), CommandSlot.Int(device, 4),
        ]);
        yield return CommandsStep.Alone(CommandSlot.Movi(device, 3, to));
        yield return new CommandsStep([CommandSlot.Clear(device, 3), CommandSlot.Int(device, 3)]);
        yield return new WriteStep([.. IdBits(0, belief.IdBits), .. IdBits(cpu, belief.IdBits)]) { IsWhole = true };
    }

    private static IEnumerable<RegisterWrite> IdBits(int cpu, int idBits) =>
    [
        new(Places.GicrCtlr(cpu), 4, 0),
        new(Places.GicrPropbaser(cpu), 8, GuestLayout.ConfigurationTable | (uint)idBits),
        new(Places.GicrCtlr(cpu), 4, 1),
    ];

    /// <summary>Level-1 entries come and go under what is mapped.</summary>
    private IEnumerable<Step> Level1Changes()
    {
        var (shape, table) = random.Chance(50)
            ? (plan.DeviceTable, GuestLayout.DeviceTable)
            : (plan.CollectionTable, GuestLayout.CollectionTable);
        if (!shape.Indirect)
        {
            yield break;
        }

        var index = random.Chance(50)
            ? random.Pick(Level1Plan.GivenIndexes(shape))
            : (uint)random.Next((int)shape.Level1Count);
        var spare = Level1Plan.Page(shape, table, place: 4 + random.Next(4));
        yield return new MemoryStep((Level1Plan.EntryAddress(table, index), random.Pick<ulong>(
            0, spare, Level1Plan.ValidEntry(spare), Level1Plan.ValidEntry(random.Pick(GuestLayout.Holes)))));
        yield return new CommandsStep(mix.Next(6));
        yield return Repair();
    }

    private IEnumerable<Step> WriteWritePointer()
    {
        var slots = plan.QueuePages * 128;
        var offset = (ulong)random.Pick(slots, slots + 1, 0x7FFF, random.Next(slots)) * CommandSlot.SizeBytes;
        yield return new WriteStep(Places.GitsCwriter, 8, offset | (random.Chance(30) ? 1UL : 0));
        if (random.Chance(50))
        {
            yield return new CommandsStep(mix.Next(3));
        }
    }

    private IEnumerable<Step> NoValidTables()
    {
        yield return new WriteStep(Places.GitsCtlr, 4, 0);
        yield return random.Next(3) switch
        {
            0 => new WriteStep(Places.GitsBaser0, 8, setUp.DeviceBaser & ~SetUpSteps.Valid),
            1 => new WriteStep(Places.GitsBaser1, 8, setUp.CollectionBaser & ~SetUpSteps.Valid),
            _ => new WriteStep(Places.GitsCbaser, 8, setUp.Cbaser(GuestLayout.Queue) & ~SetUpSteps.Valid),
        };
        belief.ForgetDevices();
        yield return new WriteStep(Places.GitsCtlr, 4, 1);
        yield return new CommandsStep(mix.Next(10));
        foreach (var step in RecoverAndMap())
        {
            yield return step;
        }
    }

    /// <summary>A stalled command is repaired, and GITS_CTLR written instead of GITS_CWRITER.</summary>
    private IEnumerable<Step> EnableOverStall()
    {
        var device = random.Pick(numbers.GoodDeviceIds);
        yield return new CommandsStep(
        [
            Noted(CommandSlot.Mapd(device, 4, random.Pick(GuestLayout.Holes), valid: true)),
            CommandSlot.Mapti(device, 1, numbers.GoodLpi(), random.Pick(numbers.GoodIcids)),
            CommandSlot.Sync(0),
        ]);
        if (random.Chance(50))
        {
            yield return new WriteStep(Places.GitsCtlr, 4, 0);
            yield return new WriteStep(Places.GitsCwriter, 8, (ulong)random.Next(128) * CommandSlot.SizeBytes);
        }

        yield return new RepairStep(Resumption.None);
        yield return new WriteStep(Places.GitsCtlr, 4, 1);
        yield return Repair();
        yield return new CommandsStep([mix.Mapd(device, 4)]);
    }

    private IEnumerable<Step> RecoverAndMap()
    {
        belief.ForgetDevices();
        return
        [
            .. setUp.Recover(),
            new CommandsStep([.. setUp.MapCollections(), .. setUp.MapDevices(), .. mix.NextMapti(12)]),
        ];
    }

    private RepairStep Repair() => new(random.Chance(50) ? Resumption.Retry : Resumption.PlainWrite);

    private CommandSlot Noted(CommandSlot command)
    {
        belief.Note(command);
        return command;
    }
}
