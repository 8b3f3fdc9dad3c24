using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ItsService.Core.CpuInterface;
using ItsService.Core.State;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.State;

/// <summary>
/// States that no controller can be in are refused with the path of each problem, and change nothing. What is accepted
/// is a state like any other.
/// </summary>
public class HostileStateTests
{
    private static readonly GuestOptions Options = new() { ItsCount = 2, VcpuCount = 2 };

    private static readonly Dictionary<string, (Func<GicState, GicState> Change, string Path)> Cases = new()
    {
        ["turn of no ITS"] = (state => state with { FirstToStep = 2 }, "first_to_step"),
        ["negative turn"] = (state => state with { FirstToStep = -1 }, "first_to_step"),
        ["a redistributor too few"] = (
            state => state with { Redistributors = state.Redistributors[..^1] }, "redistributor"),
        ["no redistributors"] = (state => state with { Redistributors = default }, "redistributor"),
        ["a CPU interface too many"] = (
            state => state with { CpuInterfaces = state.CpuInterfaces.Add(state.CpuInterfaces[0]) }, "cpu_interface"),
        ["no ITSs"] = (state => state with { Services = default }, "its"),
        ["routes missing"] = (
            state => state with { Distributor = state.Distributor with { Routes = default } }, "distributor.route"),
        ["a route with bits that it has not"] = (
            state => state with
            {
                Distributor = state.Distributor with { Routes = state.Distributor.Routes.SetItem(3, ulong.MaxValue) },
            },
            "distributor.route[3]"),
        ["a bank of SPIs too few"] = (
            state => state with { Distributor = state.Distributor with { SpiBanks = state.Distributor.SpiBanks[1..] } },
            "distributor.spi_bank"),
        ["priorities of a bank missing"] = (
            state => state with
            {
                Distributor = state.Distributor with
                {
                    SpiBanks = state.Distributor.SpiBanks.SetItem(
                        1, state.Distributor.SpiBanks[1] with { Priorities = default }),
                },
            },
            "distributor.spi_bank[1].priority"),
        ["Group 0 where there is none"] = (
            state => state with { Distributor = state.Distributor with { Group0Enabled = true } }, "distributor"),
        ["SGIs that are level triggered"] = (
            state => WithRedistributor(state, redistributor => redistributor with
            {
                PrivateInterrupts = redistributor.PrivateInterrupts with { Configuration = [0, 0] },
            }),
            "redistributor[1].private.configuration"),
        ["PROPBASER with bits that it has not"] = (
            state => WithRedistributor(state, redistributor => redistributor with { Propbaser = ulong.MaxValue }),
            "redistributor[1].GICR_PROPBASER"),
        ["PENDBASER with bits that it has not"] = (
            state => WithRedistributor(state, redistributor => redistributor with { Pendbaser = 1 }),
            "redistributor[1].GICR_PENDBASER"),
        ["asleep where there is no WAKER"] = (
            state => WithRedistributor(state, redistributor => redistributor with { IsAsleep = true }),
            "redistributor[1].GICR_WAKER"),
        ["barred from 1-of-N where there is none"] = (
            state => WithRedistributor(state, redistributor => redistributor with { Group1BarredFromOneOfN = true }),
            "redistributor[1].GICR_CTLR"),
        ["pending without LPIs enabled"] = (
            state => WithRedistributor(state, redistributor => redistributor with { LpisEnabled = false }),
            "redistributor[1].pending"),
        ["pending LPI that is an SGI"] = (
            state => WithRedistributor(state, redistributor => redistributor with { PendingLpis = [3] }),
            "redistributor[1].pending"),
        ["pending LPI beyond the table"] = (
            state => WithRedistributor(state, redistributor => redistributor with { PendingLpis = [65_536] }),
            "redistributor[1].pending"),
        ["pending LPI twice"] = (
            state => WithRedistributor(state, redistributor => redistributor with { PendingLpis = [8192, 8192] }),
            "redistributor[1].pending"),
        ["pending LPIs missing"] = (
            state => WithRedistributor(state, redistributor => redistributor with { PendingLpis = default }),
            "redistributor[1].pending"),
        ["priority mask of eight bits"] = (
            state => WithCpu(state, cpu => cpu with { PriorityMask = 0xFF }), "cpu_interface[1].ICC_PMR_EL1"),
        ["binary point too small"] = (
            state => WithCpu(state, cpu => cpu with { BinaryPoint0 = 1 }), "cpu_interface[1].ICC_BPR0_EL1"),
        ["binary point too large"] = (
            state => WithCpu(state, cpu => cpu with { BinaryPoint1 = 8 }), "cpu_interface[1].ICC_BPR1_EL1"),
        ["control bits that cannot be written"] = (
            state => WithCpu(state, cpu => cpu with { Control = 4 }), "cpu_interface[1].ICC_CTLR_EL1"),
        ["active priorities that are not implemented"] = (
            state => WithCpu(state, cpu => cpu with { ActivePriorities1 = [0, 1, 0, 0] }),
            "cpu_interface[1].ICC_AP1R1_EL1"),
        ["active priorities missing"] = (
            state => WithCpu(state, cpu => cpu with { ActivePriorities0 = default }), "cpu_interface[1].ICC_AP0R"),
        ["CBASER with bits that it has not"] = (
            state => WithQueue(state, queue => queue with { Cbaser = ulong.MaxValue }), "its[1].GITS_CBASER"),
        ["CREADR beyond the queue"] = (
            state => WithQueue(state, queue => queue with { ReadOffset = 16 * 4096 }), "its[1].GITS_CREADR"),
        ["CREADR within a command"] = (
            state => WithQueue(state, queue => queue with { ReadOffset = 33 }), "its[1].GITS_CREADR"),
        ["CWRITER beyond the queue"] = (
            state => WithQueue(state, queue => queue with { WriteOffset = 16 * 4096 }), "its[1].GITS_CWRITER"),
        ["stalled where it never is"] = (
            state => WithQueue(state, queue => queue with { IsStalled = true }), "its[1].GITS_CREADR"),
        ["STATUSR where there is none"] = (
            state => WithFrame(state, frame => frame with { Statusr = 1 }), "its[1].GITS_STATUSR"),
        ["UMSIR where there is none"] = (
            state => WithFrame(state, frame => frame with { Umsir = 1 }), "its[1].GITS_UMSIR"),
        ["BASERs missing"] = (state => WithFrame(state, frame => frame with { Basers = default }), "its[1].GITS_BASER"),
        ["BASER of another type"] = (
            state => WithFrame(state, frame => frame with
            {
                Basers = frame.Basers.SetItem(1, frame.Basers[0]),
            }),
            "its[1].GITS_BASER1"),
        ["enabled without a queue"] = (
            state => WithQueue(state, queue => queue with { Cbaser = queue.Cbaser & ~Guest.Valid }),
            "its[1].GITS_CTLR"),
        ["collections missing"] = (
            state => WithIts(state, its => its with { Collections = default }), "its[1].collection"),
        ["collection twice"] = (
            state => WithIts(state, its => its with { Collections = [its.Collections[0], .. its.Collections] }),
            "its[1].collection[0]"),
        ["collection of no vCPU"] = (
            state => WithIts(state, its => its with { Collections = [new CollectionState(0, 2)] }),
            "its[1].collection[0]"),
        ["collection beyond the table"] = (
            state => WithIts(state, its => its with { Collections = its.Collections.Add(new(8192, 0)) }),
            "its[1].collection[8192]"),
        ["devices missing"] = (state => WithIts(state, its => its with { Devices = default }), "its[1].device"),
        ["device twice"] = (
            state => WithIts(state, its => its with { Devices = its.Devices.Add(its.Devices[^1]) }),
            "its[1].device[0x9]"),
        ["device beyond the table"] = (
            state => WithDevice(state, device => device with { Device = 8192 }), "its[1].device[0x2000]"),
        ["translation table at no address of one"] = (
            state => WithDevice(state, device => device with { IttAddress = 0x80 }), "its[1].device[0x9]"),
        ["no EventID bits"] = (
            state => WithDevice(state, device => device with { EventIdBits = 0, Events = default }),
            "its[1].device[0x9]"),
        ["event beyond the device"] = (
            state => WithEvent(state, mapped => mapped with { Event = 16 }), "its[1].device[0x9].event[16]"),
        ["event of no LPI"] = (
            state => WithEvent(state, mapped => mapped with { Lpi = 8191 }), "its[1].device[0x9].event[1]"),
        ["event of an LPI beyond the distributor's"] = (
            state => WithEvent(state, mapped => mapped with { Lpi = 65_536 }), "its[1].device[0x9].event[1]"),
        ["event of a collection of 17 bits"] = (
            state => WithEvent(state, mapped => mapped with { Collection = 65_536 }), "its[1].device[0x9].event[1]"),
        ["configurations missing"] = (state => state with { Lpis = state.Lpis with { Blocks = default } }, "lpis"),
        ["owners missing"] = (state => state with { Lpis = state.Lpis with { Owners = default } }, "lpis"),
        ["block of LPIs at no place of one"] = (
            state => WithBlock(state, block => block with { FirstLpi = 8193 }), "lpis.block[8193]"),
        ["block of LPIs beyond the distributor's"] = (
            state => WithBlock(state, block => block with { FirstLpi = 65_536 }), "lpis.block[65536]"),
        ["configurations of a block missing"] = (
            state => WithBlock(state, block => block with { Configurations = default }),
            "lpis.block[8192].configuration"),
        ["a configuration that was never read"] = (
            state => WithBlock(state, block => block with { Known = [0, 0, 0, 0], Configurations = OneConfiguration }),
            "lpis.block[8192]"),
        ["owner of an LPI that nothing maps"] = (state => WithOwner(state, new(9000, 0, 0)), "lpis.owner[9000]"),
        ["owner on no ITS"] = (state => WithOwner(state, new(8192, 2, 0)), "lpis.owner[8192]"),
        ["owner in a collection of 17 bits"] = (
            state => WithOwner(state, new(8192, 0, 65_536)), "lpis.owner[8192]"),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    private static ImmutableArray<byte> OneConfiguration => [0xA3, .. new byte[255]];

    [Theory]
    [MemberData(nameof(Names))]
    public void State_that_cannot_be_is_refused_with_its_path(string name)
    {
        var guest = Rich();
        var state = guest.Gic.Persistence.Save();

        var problems = guest.Gic.Persistence.Restore(Cases[name].Change(state));

        Assert.Equal(Cases[name].Path, Assert.Single(problems).Path);
        Assert.NotEmpty(problems[0].Message);
        Assert.Null(StateDifference.Between(state, guest.Gic.Persistence.Save()));
    }

    [Fact]
    public void All_problems_of_a_state_are_told_at_once()
    {
        var state = Rich().Gic.Persistence.Save();
        var names = new[]
        {
            "negative turn", "routes missing", "asleep where there is no WAKER", "binary point too large",
            "collection of no vCPU", "event of no LPI", "block of LPIs at no place of one",
        };

        var problems = Rich().Gic.Persistence.Restore(names.Aggregate(state, (all, name) => Cases[name].Change(all)));

        Assert.Equal(names.Select(name => Cases[name].Path).Order(), problems.Select(problem => problem.Path).Order());
    }

    [Fact]
    public void Limits_of_the_VM_are_those_of_a_state()
    {
        var state = Rich().Gic.Persistence.Save();

        Assert.Equal("its", ProblemFor(Options with { MappedDevicesMax = 3 }, state));
        Assert.Equal("its", ProblemFor(Options with { MappedEventsMax = 3 }, state));
        Assert.Equal("redistributor", ProblemFor(Options with { PendingLpisMax = 1 }, state));
    }

    [Fact]
    public void State_of_another_shape_is_refused()
    {
        var state = Rich().Gic.Persistence.Save();

        Assert.NotEmpty(new Guest(Options with { VcpuCount = 3 }).Gic.Persistence.Restore(state));
        Assert.NotEmpty(new Guest(Options with { ItsCount = 1 }).Gic.Persistence.Restore(state));
    }

    /// <summary>Millions of problems are counted, and a hundred of them told.</summary>
    [Fact]
    public void Problems_without_end_are_counted()
    {
        var state = Rich().Gic.Persistence.Save();
        var events = Enumerable.Repeat(new EventState(1, 8192, 0), 100_000).ToArray();

        var problems = Rich().Gic.Persistence.Restore(WithDevice(state, device => device with { Events = events }));

        Assert.Equal(100, problems.Count);
        Assert.Contains("99900", problems[^1].Message, StringComparison.Ordinal);
    }

    /// <summary>Everything changed that can be changed, one by one.</summary>
    [Theory]
    [InlineData("kvm")]
    [InlineData("qemu")]
    [SuppressMessage("Design", "CA1031", Justification = "Whatever it is, the path belongs to it.")]
    public void State_with_any_one_thing_changed_is_refused_or_is_a_state(string profile)
    {
        var guest = Rich(profile);
        var state = guest.Gic.Persistence.Save();
        var (refused, taken) = (0, 0);
        foreach (var (path, changed) in StateMutations.Of(state))
        {
            try
            {
                if (guest.Gic.Persistence.Restore(changed).Count > 0)
                {
                    refused++;
                    Assert.Null(StateDifference.Between(state, guest.Gic.Persistence.Save()));
                    continue;
                }

                taken++;
                Use(guest);
                Assert.Empty(guest.Gic.Persistence.Restore(guest.Gic.Persistence.Save()));
                Assert.Empty(guest.Gic.Persistence.Restore(state));
            }
            catch (Exception exception)
            {
                Assert.Fail($"{path}: {exception}");
            }
        }

        Assert.InRange(refused, 300, int.MaxValue);
        Assert.InRange(taken, 100, int.MaxValue);
    }

    /// <summary>A little of everything.</summary>
    private static void Use(Guest guest)
    {
        for (var vcpu = 0; vcpu < Options.VcpuCount; vcpu++)
        {
            guest.Cpu(vcpu).Read(SystemRegister.IccIar1);
            guest.Cpu(vcpu).Write(SystemRegister.IccEoir1, 8192);
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 0);
            guest.Gicr(vcpu).Write32(GicrOffset.Ctlr, 1);
        }

        for (var its = 0; its < Options.ItsCount; its++)
        {
            guest.Signal(9, 1, its);
            guest.Gits(its).Write64(GitsOffset.Cwriter, guest.Cwriter(its));
            guest.Gic.Step(10);
            guest.Gits(its).Write32(GitsOffset.Ctlr, 0);
            guest.Gits(its).Write64(GitsOffset.Baser0, 0);
        }
    }

    private static string ProblemFor(GuestOptions options, GicState state) =>
        Assert.Single(new Guest(options).Gic.Persistence.Restore(state)).Path;

    /// <summary>A bit of everything, on both ITSs.</summary>
    private static Guest Rich(string profile = "kvm")
    {
        var guest = Guest.Started(Options with { Profile = Named.Profile(profile) });
        for (var its = 0; its < 2; its++)
        {
            guest.RunOn(
                its, GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 1),
                GuestCommand.Mapd(3, 4, Places.Itt(3, its)), GuestCommand.Mapd(9, 4, Places.Itt(9, its)),
                GuestCommand.Mapti(3, 0, 8192, 0), GuestCommand.Mapti(9, 1, 8300 + ((uint)its * 300), 1),
                GuestCommand.Mapti(9, 1, 8300 + ((uint)its * 300), 1));
            guest.Signal(3, 0, its);
            guest.Signal(9, 1, its);
        }

        Assert.Empty(guest.TakeErrors());
        return guest;
    }

    private static GicState WithRedistributor(GicState state, Func<RedistributorState, RedistributorState> change) =>
        state with { Redistributors = state.Redistributors.SetItem(1, change(state.Redistributors[1])) };

    private static GicState WithCpu(GicState state, Func<CpuInterfaceState, CpuInterfaceState> change) =>
        state with { CpuInterfaces = state.CpuInterfaces.SetItem(1, change(state.CpuInterfaces[1])) };

    private static GicState WithIts(GicState state, Func<ItsState, ItsState> change) =>
        state with { Services = state.Services.SetItem(1, change(state.Services[1])) };

    private static GicState WithQueue(GicState state, Func<CommandQueueState, CommandQueueState> change) =>
        WithIts(state, its => its with { Queue = change(its.Queue) });

    private static GicState WithFrame(GicState state, Func<ItsControlFrameState, ItsControlFrameState> change) =>
        WithIts(state, its => its with { ControlFrame = change(its.ControlFrame) });

    private static GicState WithDevice(GicState state, Func<DeviceState, DeviceState> change) =>
        WithIts(state, its => its with { Devices = its.Devices.SetItem(1, change(its.Devices[1])) });

    private static GicState WithEvent(GicState state, Func<EventState, EventState> change) =>
        WithDevice(state, device => device with { Events = new[] { change(device.Events.Span[0]) } });

    private static GicState WithBlock(GicState state, Func<LpiBlockState, LpiBlockState> change) =>
        state with { Lpis = state.Lpis with { Blocks = [change(state.Lpis.Blocks[0])] } };

    private static GicState WithOwner(GicState state, LpiOwnerState owner) =>
        state with { Lpis = state.Lpis with { Owners = [owner] } };
}
