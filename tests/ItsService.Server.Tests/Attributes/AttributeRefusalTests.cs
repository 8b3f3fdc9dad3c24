using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using static ItsService.Server.Tests.Attributes.AttributeCalls;

namespace ItsService.Server.Tests.Attributes;

/// <summary>
/// Each refusal with KVM's error number, and which of two that apply is told: KVM's checks have an order.
/// </summary>
public class AttributeRefusalTests
{
    private const StatusCode Invalid = StatusCode.InvalidArgument;
    private const uint Enxio = 6;
    private const uint Ebusy = 16;
    private const uint Enodev = 19;
    private const uint Einval = 22;
    private const string Attr = "attribute.attr";

    private static readonly Expected NoSuchAttribute =
        new(Invalid, ErrorReason.UnknownAttribute, Attr) { KvmErrno = Enxio };

    private static readonly Expected NoSuchGroup =
        new(Invalid, ErrorReason.UnknownAttribute, "attribute.group") { KvmErrno = Enxio, Accepted = "0 ADDR" };

    private static readonly Expected MisalignedOffset =
        new(Invalid, ErrorReason.Misaligned, Attr) { KvmErrno = Einval };

    private static readonly Expected WrongValue =
        new(Invalid, ErrorReason.OutOfRange, "value") { KvmErrno = Einval };

    private static readonly Expected NotThisVcpu =
        new(Invalid, ErrorReason.OutOfRange, Attr) { KvmErrno = Einval, Accepted = "affinity" };

    private static readonly Expected NotImplemented =
        new(Invalid, ErrorReason.OutOfRange, Attr) { KvmErrno = Einval };

    private static readonly Expected MustPause =
        new(StatusCode.FailedPrecondition, ErrorReason.WrongState, "") { KvmErrno = Ebusy };

    private static readonly Expected NoPlace =
        new(StatusCode.FailedPrecondition, ErrorReason.FrameNotPlaced, Attr) { KvmErrno = Enxio, Accepted = "ADDR" };

    private static readonly Dictionary<string, Case> Cases = new()
    {
        // ITS_REGS: alignment, running, no base, no register, the register's own check.
        ["ITS register, misaligned, get"] = Get(Gits(0x84), MisalignedOffset),
        ["ITS register, misaligned, set"] = Set(Gits(0x84), 0, MisalignedOffset),
        ["ITS register, misaligned, has"] = Has(Gits(0x84), MisalignedOffset),
        ["ITS register, misaligned, while running"] = SetRunning(Gits(0x84), 0, MisalignedOffset),
        ["ITS register, misaligned, without a place"] = Set(Gits(0x84), 0, MisalignedOffset).Unplaced(),
        ["PARTIDR is misaligned for 8 bytes"] = Get(Gits(0x14), MisalignedOffset),
        ["identification is aligned by 4"] = Get(Gits(0xFFD2), MisalignedOffset),
        ["ITS register while running"] = SetRunning(Gits(RegisterOffset.GitsCbaser), 0, MustPause),
        ["no ITS register, while running"] = SetRunning(Gits(0x98), 0, MustPause),
        ["ITS register without a place, while running"] =
            SetRunning(Gits(RegisterOffset.GitsCbaser), 0, MustPause).Unplaced(),
        ["ITS register without a place, set"] = Set(Gits(RegisterOffset.GitsCbaser), 0, NoPlace).Unplaced(),
        ["ITS register without a place, get"] = Get(Gits(RegisterOffset.GitsTyper), NoPlace).Unplaced(),
        ["no ITS register, without a place"] = Get(Gits(0x98), NoPlace).Unplaced(),
        ["no ITS register, set"] = Set(Gits(0x98), 0, NoSuchAttribute),
        ["no ITS register, get"] = Get(Gits(0x98), NoSuchAttribute),
        ["no ITS register, has"] = Has(Gits(0x98), NoSuchAttribute),
        ["no ITS register, has, without a place"] = Has(Gits(0x98), NoSuchAttribute).Unplaced(),
        ["STATUSR is no attribute"] = Get(Gits(0x40), NoSuchAttribute),
        ["MPAMIDR is no attribute"] = Get(Gits(0x10), NoSuchAttribute),
        ["MPIDR is no attribute"] = Get(Gits(0x18), NoSuchAttribute),
        ["TRANSLATER is no attribute"] = Set(Gits(0x1_0040), 0, NoSuchAttribute),
        ["behind the frame"] = Get(Gits(0x1_0000), NoSuchAttribute),
        ["the last offset of all"] = Get(Gits(0xFFFF_FFFF_FFFF_FFFC), NoSuchAttribute),
        ["IIDR of another revision"] = Set(Gits(RegisterOffset.GitsIidr), 0x4B00_143B, WrongValue),

        // REDIST_REGS and CPU_SYSREGS: the vCPU, running, the register, its value.
        ["redistributor of no vCPU, get"] = Get(Gicr(2, 0), NotThisVcpu),
        ["redistributor of no vCPU, has"] = Has(Gicr(2, 0), NotThisVcpu),
        ["redistributor of no vCPU, while running"] = SetRunning(Gicr(2, 0), 0, NotThisVcpu),
        ["redistributor of no vCPU, misaligned"] = Get(Gicr(2, 2), NotThisVcpu),
        ["redistributor of no vCPU by Aff1"] = Get(Gicr(0x100, 0), NotThisVcpu),
        ["redistributor register while running"] = SetRunning(Gicr(0, RegisterOffset.GicrCtlr), 1, MustPause),
        ["no redistributor register, while running"] = SetRunning(Gicr(0, 0x90), 0, MustPause),
        ["no redistributor register, set"] = Set(Gicr(0, 0x90), 0, NoSuchAttribute),
        ["no redistributor register, get"] = Get(Gicr(1, 0x90), NoSuchAttribute),
        ["no redistributor register, has"] = Has(Gicr(1, 0x90), NoSuchAttribute),
        ["redistributor register, misaligned"] = Get(Gicr(0, 2), NoSuchAttribute),
        ["behind the redistributor's frames"] = Get(Gicr(0, 0x2_0000), NoSuchAttribute),
        ["redistributor register of 33 bits"] = Set(
            Gicr(0, RegisterOffset.GicrPropbaser), 1UL << 32,
            new(Invalid, ErrorReason.OutOfRange, "value") { Accepted = "0xFFFFFFFF" }),
        ["system register of no vCPU"] = Get(Icc(7, RegisterOffset.IccPmr), NotThisVcpu),
        ["system register while running"] = SetRunning(Icc(0, RegisterOffset.IccPmr), 0, MustPause),
        ["no system register, while running"] = SetRunning(Icc(0, 0x1234), 0, MustPause),
        ["no system register, set"] = Set(Icc(0, 0x1234), 0, NoSuchAttribute),
        ["no system register, has"] = Has(Icc(0, 0x1234), NoSuchAttribute),
        ["ICC_IAR1_EL1 is no attribute"] = Get(Icc(0, RegisterOffset.IccIar1), NoSuchAttribute),
        ["ICC_AP1R1_EL1 of 5 priority bits, get"] = Get(Icc(0, RegisterOffset.IccAp1R1), NotImplemented),
        ["ICC_AP1R1_EL1 of 5 priority bits, set"] = Set(Icc(0, RegisterOffset.IccAp1R1), 0, NotImplemented),
        ["ICC_SRE_EL1 becomes 0"] = Set(Icc(0, RegisterOffset.IccSre), 0, WrongValue),
        ["ICC_SRE_EL1 becomes 6"] = Set(Icc(0, RegisterOffset.IccSre), 6, WrongValue),
        ["ICC_CTLR_EL1 of 8 priority bits"] =
            Set(Icc(0, RegisterOffset.IccCtlr), 7 << 8, WrongValue with { Accepted = "PRIbits = 0..4" }),
        ["ICC_CTLR_EL1 of 24 INTID bits"] =
            Set(Icc(0, RegisterOffset.IccCtlr), 1 << 11, WrongValue with { Accepted = "IDbits = 0" }),
        ["ICC_CTLR_EL1 with SEIS"] =
            Set(Icc(0, RegisterOffset.IccCtlr), 1 << 14, WrongValue with { Accepted = "SEIS = 0" }),
        ["ICC_CTLR_EL1 with A3V"] =
            Set(Icc(0, RegisterOffset.IccCtlr), 1 << 15, WrongValue with { Accepted = "A3V = 0" }),

        // DIST_REGS
        ["no distributor register"] = Get(Gicd(0x20), NoSuchAttribute),
        ["no distributor register, has"] = Has(Gicd(0x20), NoSuchAttribute),
        ["no distributor register, while running"] = SetRunning(Gicd(0x20), 0, MustPause),
        ["distributor register, misaligned"] = Set(Gicd(1), 0, NoSuchAttribute),
        ["distributor register while running"] = SetRunning(Gicd(RegisterOffset.GicdCtlr), 0, MustPause),
        ["GICD_IIDR of another product"] = Set(Gicd(RegisterOffset.GicdIidr), 0x1234_343B, WrongValue),
        ["distributor register of 33 bits"] = Set(
            Gicd(RegisterOffset.GicdCtlr), 1UL << 40, new(Invalid, ErrorReason.OutOfRange, "value")),

        // LEVEL_INFO: the vCPU, running, what is asked, the INTID.
        ["lines of no vCPU, get"] = Get(Lines(2, 0), NotThisVcpu),
        ["lines of SPIs, named by no vCPU"] = Get(Lines(2, 32), NotThisVcpu),
        ["lines of no vCPU, while running"] = SetRunning(Lines(2, 33), 0, NotThisVcpu),
        ["lines while running"] = SetRunning(Lines(0, 32), 1, MustPause),
        ["lines from INTID 33, while running"] = SetRunning(Lines(0, 33), 1, MustPause),
        ["lines from INTID 33, get"] =
            Get(Lines(0, 33), new(Invalid, ErrorReason.Misaligned, Attr) { KvmErrno = Einval, Accepted = "0..992" }),
        ["lines from INTID 1, set"] = Set(Lines(1, 1), 0, MisalignedOffset with { Accepted = "of 32" }),
        ["what there is not about lines, get"] = Get(Lines(0, 32, info: 1), NotImplemented with { Accepted = "0" }),
        ["what there is not about lines, set"] = Set(Lines(0, 33, info: 3), 0, NotImplemented with { Accepted = "0" }),
        ["what there is not about lines, has"] = Has(Lines(0, 32, info: 1), NoSuchAttribute),
        ["lines of 33 INTIDs"] = Set(
            Lines(0, 32), 1UL << 32, new(Invalid, ErrorReason.OutOfRange, "value") { Accepted = "0xFFFFFFFF" }),

        // CTRL
        ["order of an ITS that there is not"] = Set(OfIts(ControlGroup, 99), 0, NoSuchAttribute),
        ["order of an ITS that there is not, has"] = Has(OfIts(ControlGroup, 99), NoSuchAttribute),
        ["order of an ITS that there is not, while running"] = SetRunning(OfIts(ControlGroup, 99), 0, MustPause),
        ["order of the controller that there is not"] = Set(OfController(ControlGroup, 99), 0, NoSuchAttribute),
        ["order of the controller that there is not, while running"] =
            SetRunning(OfController(ControlGroup, 99), 0, NoSuchAttribute),
        ["SAVE_PENDING_TABLES of an ITS"] = Set(OfIts(ControlGroup, 3), 0, NoSuchAttribute),
        ["SAVE_TABLES of the controller"] = Set(OfController(ControlGroup, 1), 0, NoSuchAttribute),
        ["RESTORE_TABLES of the controller, has"] = Has(OfController(ControlGroup, 2), NoSuchAttribute),
        ["an order is not read"] = Get(SaveTables(), NoSuchAttribute),
        ["INIT is not read"] = Get(OfController(ControlGroup, 0), NoSuchAttribute),
        ["SAVE_TABLES while running"] = SetRunning(SaveTables(), 0, MustPause),
        ["RESTORE_TABLES while running"] = SetRunning(RestoreTables(), 0, MustPause),
        ["RESET while running"] = SetRunning(ResetIts(), 0, MustPause),
        ["SAVE_PENDING_TABLES while running"] = SetRunning(SavePendingTables, 0, MustPause),

        // Groups and devices
        ["ITS_REGS of the controller"] = Get(OfController(ItsGroup, 0), NoSuchGroup),
        ["DIST_REGS of an ITS"] = Get(OfIts(DistributorGroup, 0), NoSuchGroup),
        ["REDIST_REGS of an ITS"] = Set(OfIts(RedistributorGroup, 0), 0, NoSuchGroup),
        ["CPU_REGS of a GICv2"] = Get(OfController(2, 0), NoSuchGroup),
        ["NR_IRQS"] = Has(OfController(3, 0), NoSuchGroup),
        ["LEVEL_INFO of an ITS"] = Get(OfIts(LevelGroup, 0), NoSuchGroup),
        ["MAINT_IRQ"] = Has(OfController(9, 0), NoSuchGroup),
        ["a group beyond all, while running"] = SetRunning(OfIts(uint.MaxValue, 0), 0, NoSuchGroup),
        ["place of a GICv2"] = Set(OfController(AddressGroup, 0), 0, NoSuchAttribute),
        ["place of an ITS at the controller"] = Set(OfController(AddressGroup, 4), 0, NoSuchAttribute),
        ["place of a distributor at an ITS, has"] = Has(OfIts(AddressGroup, 2), NoSuchAttribute),
        ["place of a distributor at an ITS, get"] =
            Get(OfIts(AddressGroup, 2), NoSuchAttribute with { KvmErrno = Enodev }),
        ["place of a distributor at an ITS, set"] =
            Set(OfIts(AddressGroup, 2), 0, NoSuchAttribute with { KvmErrno = Enodev }),
        ["an ITS that is not there"] = Get(
            Gits(0, its: 1), new(Invalid, ErrorReason.OutOfRange, "attribute.its") { Accepted = "0" }),
        ["no attribute"] = Get(null, new(Invalid, ErrorReason.Required, "attribute")),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public async Task Attribute_is_refused_and_nothing_changes(string name)
    {
        await using var server = await TestServer.StartAsync();
        var test = Cases[name];
        var guest = await Guest.CreateAsync(server.Tcp, "guest", test.HasPlaces ? null : Open());
        if (!test.IsRunning)
        {
            await guest.PauseAsync();
        }

        var before = (await guest.DescribeAsync(), await guest.DumpAsync());

        var refusal = await Refusal.OfAsync(() => test.Call(guest));

        (test.Expected with { Resource = guest.Name }).AssertMet(refusal);
        Assert.Equal(test.Expected.KvmErrno is not null, refusal.Detail.HasKvmErrno);
        if (test.Expected.Field == "value" || test.Expected.Reason == ErrorReason.UnknownAttribute)
        {
            Assert.NotEmpty(refusal.Detail.Accepted);
        }

        Assert.Equal(before.Item1, await guest.DescribeAsync());
        Assert.Equal(before.Item2, await guest.DumpAsync());
    }

    [Fact]
    public async Task Attributes_of_a_vm_that_is_not_there_are_refused()
    {
        await using var server = await TestServer.StartAsync();
        var nobody = new Guest(server.Tcp, "vms/nobody");
        var expected = new Expected(StatusCode.NotFound, ErrorReason.VmNotFound, "vm") { Resource = "vms/nobody" };

        expected.AssertMet(await Refusal.OfAsync(() => nobody.HasAttributeAsync(Gits(0))));
        expected.AssertMet(await Refusal.OfAsync(() => nobody.GetAttributeAsync(Gits(0))));
        expected.AssertMet(await Refusal.OfAsync(() => nobody.SetAttributeAsync(Gits(0))));
    }

    [Fact]
    public async Task Attributes_that_there_are_exist_in_either_state()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest", Open());
        DeviceAttribute[] existing =
        [
            ItsPlace(), DistributorPlace, RedistributorsPlace, RegionPlace,
            OfIts(ControlGroup, 0), SaveTables(), RestoreTables(), ResetIts(),
            OfController(ControlGroup, 0), SavePendingTables,
            Gits(RegisterOffset.GitsCbaser), Gits(0xFFE8), Gicd(RegisterOffset.GicdCtlr), Gicr(1, 0),
            Icc(1, RegisterOffset.IccPmr), Icc(1, RegisterOffset.IccAp1R1),
            // As with KVM, neither the vCPU nor the INTID is looked at before they are used.
            Lines(1, 0), Lines(0, 992), Lines(0, 33), Lines(7, 0),
        ];

        foreach (var attribute in existing)
        {
            await guest.HasAttributeAsync(attribute);
        }

        await guest.PauseAsync();
        foreach (var attribute in existing)
        {
            await guest.HasAttributeAsync(attribute);
        }
    }

    [Fact]
    public async Task Init_succeeds_any_number_of_times_in_either_state()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        for (var round = 0; round < 2; round++)
        {
            await guest.SetAttributeAsync(OfIts(ControlGroup, 0));
            await guest.SetAttributeAsync(OfController(ControlGroup, 0));
            await guest.PauseAsync();
        }

        Assert.Equal(VmState.Running, (await guest.ResumeAsync()).State);
    }

    private static VmSpec Open() => new()
    {
        Vcpus = { new Vcpu(), new Vcpu() },
        MemoryRegions = { GuestMap.Region(GuestMap.RamBase, GuestMap.RamSizeBytes) },
    };

    private static Case Has(DeviceAttribute attribute, Expected expected) =>
        new(guest => guest.HasAttributeAsync(attribute), expected);

    private static Case Get(DeviceAttribute? attribute, Expected expected) =>
        new(guest => guest.GetAttributeAsync(attribute!), expected);

    private static Case Set(DeviceAttribute attribute, ulong value, Expected expected) =>
        new(guest => guest.SetAttributeAsync(attribute, value), expected);

    private static Case SetRunning(DeviceAttribute attribute, ulong value, Expected expected) =>
        Set(attribute, value, expected) with { IsRunning = true };

    private sealed record Case(Func<Guest, Task> Call, Expected Expected)
    {
        public bool IsRunning { get; init; }

        public bool HasPlaces { get; init; } = true;

        public Case Unplaced() => this with { HasPlaces = false };
    }
}
