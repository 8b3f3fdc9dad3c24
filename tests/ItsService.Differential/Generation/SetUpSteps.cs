using ItsService.Differential.Steps;

namespace ItsService.Differential.Generation;

/// <summary>What a driver does at the beginning, and again when it has lost its way.</summary>
internal sealed class SetUpSteps(Prng random, SequencePlan plan, NumberPools numbers, CommandMix mix)
{
    public const ulong Valid = 1UL << 63;

    private const ulong GroupsEnabled = 0x12;

    /// <summary>GITS_CBASER for a queue of the plan's size.</summary>
    public ulong Cbaser(ulong address) => Valid | address | (uint)(plan.QueuePages - 1);

    /// <summary>GITS_BASER0 as it is at the beginning.</summary>
    public ulong DeviceBaser => Valid | plan.DeviceTable.Baser(GuestLayout.DeviceTable);

    /// <summary>GITS_BASER1 as it is at the beginning.</summary>
    public ulong CollectionBaser => Valid | plan.CollectionTable.Baser(GuestLayout.CollectionTable);

    public IEnumerable<Step> Begin()
    {
        yield return new ConfigureAllStep(random.Pick(1, 2, 5, 27));
        if (plan.DeviceTable.Indirect || plan.CollectionTable.Indirect)
        {
            yield return new MemoryStep(
            [
                .. Level1Plan.Entries(plan.DeviceTable, GuestLayout.DeviceTable),
                .. Level1Plan.Entries(plan.CollectionTable, GuestLayout.CollectionTable),
            ]);
        }

        yield return new WriteStep([.. Enumerable.Range(0, plan.CpuCount).SelectMany(EnableLpis)]);
        yield return new WriteStep(
        [
            new RegisterWrite(Places.GicdCtlr, 4, GroupsEnabled),
            new RegisterWrite(Places.GitsBaser0, 8, DeviceBaser),
            new RegisterWrite(Places.GitsBaser1, 8, CollectionBaser),
        ]);
        yield return NewQueue(GuestLayout.Queue);
        yield return new CommandsStep([.. MapCollections(), .. MapDevices(), .. mix.NextMapti(random.Between(4, 40))]);
    }

    /// <summary>The redistributor's tables are given, and LPIs enabled.</summary>
    public IEnumerable<RegisterWrite> EnableLpis(int cpu) =>
    [
        new(Places.GicrWaker(cpu), 4, 0),
        .. plan.LpiTables(cpu),
        new(Places.GicrCtlr(cpu), 4, 1),
    ];

    /// <summary>The queue begins anew, and the ITS is enabled.</summary>
    public WriteStep NewQueue(ulong address) => new(
    [
        new RegisterWrite(Places.GitsCtlr, 4, 0),
        new RegisterWrite(Places.GitsCbaser, 8, Cbaser(address)),
        new RegisterWrite(Places.GitsCwriter, 8, 0),
        new RegisterWrite(Places.GitsCtlr, 4, 1),
    ]);

    /// <summary>The ITS as it was at the beginning, whatever it came to.</summary>
    public IEnumerable<Step> Recover()
    {
        yield return new WriteStep(
        [
            new RegisterWrite(Places.GitsCtlr, 4, 0),
            new RegisterWrite(Places.GitsBaser0, 8, DeviceBaser),
            new RegisterWrite(Places.GitsBaser1, 8, CollectionBaser),
        ]);
        yield return NewQueue(random.Chance(50) ? GuestLayout.Queue : GuestLayout.OtherQueue);
    }

    public IEnumerable<CommandSlot> MapCollections() => numbers.GoodIcids.Select((icid, place) =>
        CommandSlot.Mapc(icid, (ulong)(place % plan.CpuCount), valid: true));

    public IEnumerable<CommandSlot> MapDevices() => numbers.GoodDeviceIds
        .Select(device => mix.Mapd(device, random.PickWeighted([(4, 4), (1, 2), (1, 7)])));
}
