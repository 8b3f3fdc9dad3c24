using ItsService.Differential.Steps;
using ItsService.Qtest;

namespace ItsService.Differential.Generation;

/// <summary>What a guest with mistakes does besides: most of it one of the known differences.</summary>
internal sealed class SloppySteps(
    Prng random, SequencePlan plan, NumberPools numbers, GuestBelief belief, CommandMix mix, SetUpSteps setUp)
{
    private const ulong GitsCbaserReserved = (1UL << 62) | (7UL << 56) | (1UL << 52) | (3UL << 8);
    private const ulong PropbaserReserved = (0x1FUL << 59) | (0xFUL << 52) | (3UL << 5);
    private const ulong PendbaserReserved = (1UL << 63) | (7UL << 59) | (0xFUL << 52) | 0xF07F;
    private const ulong PendingTableZero = 1UL << 62;
    private const ulong LpiAttributes = (7UL << 56) | (7UL << 7) | (3UL << 10);
    private const ulong Attributes = (7UL << 59) | (7UL << 53) | (3UL << 10);

    public IReadOnlyList<(int Weight, Func<IEnumerable<Step>> Choice)> Choices =>
    [
        (3, MapcWithHighRdBase), (3, UnmapWithLargeSize), (3, MapAgainOverOldEntries), (2, NewDeviceTable),
        (2, NewCollectionTable), (3, CbaserWithReservedBits), (3, CwriterWithReservedBits),
        (3, RedistributorReservedBits), (3, PendingTableZeroOverBits), (3, WideMessage), (2, MisalignedRead),
        (3, MisalignedWrite), (4, AnyWrite), (3, ProbeBaseRegister), (3, ControlWhileBusy), (2, ReplayQueue),
    ];

    private IEnumerable<Step> MapcWithHighRdBase()
    {
        var high = 1UL << random.Between(16, 35);
        yield return CommandsStep.Alone(CommandSlot.Mapc(
            random.Pick(numbers.GoodIcids), high | (uint)random.Next(plan.CpuCount), valid: true));
    }

    private IEnumerable<Step> UnmapWithLargeSize()
    {
        var command = CommandSlot.Mapd(random.Pick(numbers.GoodDeviceIds), random.Between(16, 31), 0, valid: false);
        belief.Note(command);
        yield return CommandsStep.Alone(command);
    }

    private IEnumerable<Step> MapAgainOverOldEntries()
    {
        var device = random.Pick(numbers.GoodDeviceIds);
        if (belief.MappingOf(device) is not { } mapping)
        {
            yield break;
        }

        belief.Note(mapping);
        yield return CommandsStep.Alone(mapping);
        yield return new CommandsStep(mix.NextMapti(4));
    }

    private IEnumerable<Step> NewDeviceTable()
    {
        var moves = random.Chance(50);
        yield return new WriteStep(Places.GitsCtlr, 4, 0);
        yield return new WriteStep(
            Places.GitsBaser0,
            8,
            moves
                ? SetUpSteps.Valid | plan.DeviceTable.Baser(GuestLayout.OtherDeviceTable)
                : setUp.DeviceBaser ^ (random.Chance(50) ? 1UL << 10 : 1UL << 59));
        if (moves && plan.DeviceTable.Indirect)
        {
            yield return new MemoryStep(
                [.. Level1Plan.Entries(plan.DeviceTable, GuestLayout.OtherDeviceTable)]);
        }

        belief.ForgetDevices();
        yield return new WriteStep(Places.GitsCtlr, 4, 1);
        yield return new CommandsStep([.. setUp.MapDevices(), .. mix.NextMapti(12)]);
    }

    private IEnumerable<Step> NewCollectionTable()
    {
        var moves = random.Chance(50);
        yield return new WriteStep(Places.GitsCtlr, 4, 0);
        yield return new WriteStep(
            Places.GitsBaser1,
            8,
            moves
                ? SetUpSteps.Valid | plan.CollectionTable.Baser(GuestLayout.OtherCollectionTable)
                : setUp.CollectionBaser ^ (random.Chance(50) ? 1UL << 11 : 1UL << 53));
        if (moves && plan.CollectionTable.Indirect)
        {
            yield return new MemoryStep(
                [.. Level1Plan.Entries(plan.CollectionTable, GuestLayout.OtherCollectionTable)]);
        }

        yield return new WriteStep(Places.GitsCtlr, 4, 1);
        yield return new CommandsStep([.. setUp.MapCollections()]);
    }

    private IEnumerable<Step> CbaserWithReservedBits()
    {
        var noise = random.NextBits() & (GitsCbaserReserved | Attributes | (random.Chance(50) ? 0xF000UL : 0));
        yield return new WriteStep(Places.GitsCtlr, 4, 0);
        if (random.Chance(50))
        {
            yield return new WriteStep(Places.GitsCbaser, 8, setUp.Cbaser(GuestLayout.Queue) | noise);
        }
        else
        {
            yield return new WriteStep(Places.GitsCbaser, 4, (setUp.Cbaser(GuestLayout.Queue) | noise) & uint.MaxValue);
            yield return new WriteStep(Places.GitsCbaser + 4, 4, (setUp.Cbaser(GuestLayout.Queue) | noise) >> 32);
        }

        if (random.Chance(80))
        {
            yield return new WriteStep(Places.GitsCwriter, 8, 0);
        }

        yield return new WriteStep(Places.GitsCtlr, 4, 1);
    }

    /// <summary>Over a queue with nothing to read, most often.</summary>
    private IEnumerable<Step> CwriterWithReservedBits()
    {
        var offset = (ulong)random.Next(plan.QueuePages * 128) * CommandSlot.SizeBytes;
        yield return new WriteStep(Places.GitsCtlr, 4, 0);
        yield return new WriteStep(Places.GitsCbaser, 8, setUp.Cbaser(GuestLayout.OtherQueue));
        yield return random.Chance(60)
            ? new WriteStep(Places.GitsCwriter, 8, offset | (random.NextBits() & 0xFFFF_FFFF_FFF0_001F))
            : new WriteStep(Places.GitsCwriter + (random.Chance(50) ? 4UL : 0), 4, offset | (random.NextBits() & 0x1F));
        yield return new WriteStep(Places.GitsCtlr, 4, 1);
    }

    private IEnumerable<Step> RedistributorReservedBits()
    {
        var cpu = random.Next(plan.CpuCount);
        if (random.Chance(70))
        {
            yield return new WriteStep(Places.GicrCtlr(cpu), 4, 0);
        }

        var (register, value) = random.Chance(50)
            ? (Places.GicrPropbaser(cpu),
                GuestLayout.ConfigurationTable | (uint)belief.IdBits | (random.NextBits() & PropbaserReserved))
            : (Places.GicrPendbaser(cpu), GuestLayout.PendingTable(cpu) | (random.NextBits() & PendbaserReserved));
        if (random.Chance(70))
        {
            yield return new WriteStep(register, 8, value | (random.NextBits() & LpiAttributes));
        }
        else
        {
            yield return new WriteStep(register, 4, value & uint.MaxValue);
            yield return new WriteStep(register + 4, 4, value >> 32);
        }

        yield return new WriteStep(Places.GicrCtlr(cpu), 4, 1 | ((ulong)random.Next(16) << 24));
    }

    private IEnumerable<Step> PendingTableZeroOverBits()
    {
        var cpu = random.Next(plan.CpuCount);
        yield return new WriteStep(Places.GicrCtlr(cpu), 4, 0);
        yield return new WriteStep(Places.GicrPendbaser(cpu), 8, GuestLayout.PendingTable(cpu) | PendingTableZero);
        yield return new WriteStep(Places.GicrCtlr(cpu), 4, 1);
    }

    private IEnumerable<Step> WideMessage()
    {
        var eventId = (uint)random.Next(16);
        var icid = random.Pick(numbers.GoodIcids);
        yield return new CommandsStep(
        [
            mix.Mapd(0, 3), CommandSlot.Mapc(icid, (uint)random.Next(plan.CpuCount), valid: true),
            CommandSlot.Mapti(0, eventId, numbers.GoodLpi(), icid), CommandSlot.Clear(0, eventId),
        ]);
        yield return new WriteStep(Places.GitsTranslater, 8, eventId | (random.NextBits() & 0xFFFF_FFFF_0000_0000));
    }

    private IEnumerable<Step> MisalignedRead()
    {
        yield return new ReadStep(
            random.Pick<ulong>(
                VirtMachine.GitsBase + 4, VirtMachine.GitsBase + 0xC, Places.GitsCbaser + 4, Places.GitsBaser0 - 4,
                Places.GitsBaser0 + 4, VirtMachine.GitsBase + 0xFFE4, Places.GicrCtlr(0) + 4,
                Places.GicrPropbaser(0) + 4, VirtMachine.GicdBase + 4),
            8);
    }

    private IEnumerable<Step> MisalignedWrite()
    {
        yield return new WriteStep(
            random.Pick<ulong>(
                Places.GitsCbaser + 4, Places.GitsBaser0 - 4, Places.GitsBaser0 + 4, Places.GitsBaser1 + 4,
                Places.GitsTranslater - 4, Places.GitsTranslater + 4, Places.GitsCwriter + 4, Places.GitsCreadr + 4),
            8,
            (uint)random.Next(16) | ((ulong)random.Next(16) << 32));
    }

    /// <summary>
    /// A write to a place where it should have no effect, or to a base register while the ITS is enabled.
    /// </summary>
    private IEnumerable<Step> AnyWrite()
    {
        var address = random.Pick<ulong>(
            VirtMachine.GitsBase + 4, VirtMachine.GitsBase + 8, VirtMachine.GitsBase + 0x10,
            VirtMachine.GitsBase + 0x14, VirtMachine.GitsBase + 0x18, VirtMachine.GitsBase + 0x1C,
            VirtMachine.GitsBase + 0x20, VirtMachine.GitsBase + 0x40, VirtMachine.GitsBase + 0x48,
            VirtMachine.GitsBase + 0x98, VirtMachine.GitsBase + 0x110, VirtMachine.GitsBase + 0x138,
            VirtMachine.GitsBase + 0x140, VirtMachine.GitsBase + 0xC000, VirtMachine.GitsBase + 0xFFE8,
            Places.GitsTranslater + 8, Places.GitsTranslater - 8, VirtMachine.GitsBase + 0x1_0000,
            Places.GitsCbaser, Places.GitsBaser0, Places.GitsBaser1, VirtMachine.GicdBase + 4, VirtMachine.GicdBase + 8,
            VirtMachine.GicdBase + 0x10, Places.GicrCtlr(0) + 4, Places.GicrCtlr(0) + 8, Places.GicrCtlr(0) + 0x10,
            Places.GicrCtlr(0) + 0x40, Places.GicrCtlr(0) + 0x48, Places.GicrCtlr(0) + 0xA0, Places.GicrCtlr(0) + 0xB0,
            Places.GicrCtlr(0) + 0xC0, Places.GicrCtlr(0) + 0xFFE8, Places.GicrWaker(0));
        var sizeBytes = random.PickWeighted([(4, 4), (3, 8), (1, 2), (1, 1)]);
        // In any size but their own these would change at a bad time.
        sizeBytes = address >= Places.GitsCbaser && address <= Places.GitsBaser1 ? Math.Min(sizeBytes, 2) : sizeBytes;
        address &= ~(ulong)(sizeBytes - 1);
        yield return new WriteStep(address, sizeBytes, sizeBytes == 8
            ? random.NextBits()
            : random.NextBits() & ((1UL << (8 * sizeBytes)) - 1));
    }

    /// <summary>
    /// What a driver does that looks for the page sizes that are taken, and a driver that writes nonsense.
    /// </summary>
    private IEnumerable<Step> ProbeBaseRegister()
    {
        var register = Places.GitsBaser0 + (8UL * (ulong)random.Pick(0, 0, 0, 1, 1, 1, 2, 7));
        yield return new WriteStep(Places.GitsCtlr, random.PickWeighted([(8, 4), (1, 8), (1, 2), (1, 1)]), 0);
        for (var turn = random.Between(1, 4); turn > 0; turn--)
        {
            yield return random.Next(3) switch
            {
                0 => new WriteStep(register, 8, random.NextBits() & ~SetUpSteps.Valid),
                1 => new WriteStep(register, 4, random.NextBits() & uint.MaxValue),
                _ => new WriteStep(register + 4, 4, random.NextBits() & (uint.MaxValue >> 1)),
            };
        }

        belief.ForgetDevices();
        foreach (var step in setUp.Recover())
        {
            yield return step;
        }

        yield return new CommandsStep([.. setUp.MapCollections(), .. setUp.MapDevices(), .. mix.NextMapti(12)]);
    }

    /// <summary>More work than the service does before it answers.</summary>
    private IEnumerable<Step> ControlWhileBusy()
    {
        if (plan.QueuePages < 16)
        {
            yield break;
        }

        var icid = numbers.GoodIcids[0];
        yield return new CommandsStep(
            [CommandSlot.Mapc(icid, 0, valid: true), .. Enumerable.Repeat(CommandSlot.Invall(icid), 700)])
        {
            ReadsControl = true,
        };
    }

    /// <summary>
    /// GITS_CBASER is written again and GITS_CWRITER is not: what lies in the queue is read once more.
    /// </summary>
    private IEnumerable<Step> ReplayQueue()
    {
        yield return new WriteStep(Places.GitsCtlr, 4, 0);
        yield return new WriteStep(Places.GitsCbaser, 8, setUp.Cbaser(GuestLayout.Queue));
        yield return new WriteStep(Places.GitsCtlr, 4, 1);
    }
}
