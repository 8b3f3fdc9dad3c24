using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using static ItsService.Server.Tests.Attributes.AttributeCalls;

namespace ItsService.Server.Tests.Attributes;

/// <summary>A VM that was made to wait for INIT: what is refused until it comes, and is done then.</summary>
public class InitTests
{
    private const uint Enxio = 6;
    private const uint Ebusy = 16;
    private const uint IccPmr = 0xC230;

    private static readonly Dictionary<string, Refused> TooEarly = new()
    {
        ["Resume"] = new(guest => guest.ResumeAsync(), Ebusy),
        ["a register of the distributor is read"] =
            new(guest => guest.GetAttributeAsync(Gicd(RegisterOffset.GicdCtlr)), Ebusy),
        ["a register of the distributor is written"] =
            new(guest => guest.SetAttributeAsync(Gicd(RegisterOffset.GicdCtlr), 2), Ebusy),
        ["a register of a redistributor is read"] =
            new(guest => guest.GetAttributeAsync(Gicr(1, RegisterOffset.GicrCtlr)), Ebusy),
        ["a register of a redistributor is written"] =
            new(guest => guest.SetAttributeAsync(Gicr(1, RegisterOffset.GicrCtlr), 1), Ebusy),
        ["a register that is not there is read"] = new(guest => guest.GetAttributeAsync(Gicr(1, 0x3)), Ebusy),
        ["a system register is read"] = new(guest => guest.GetAttributeAsync(Icc(0, IccPmr)), Ebusy),
        ["a system register is written"] = new(guest => guest.SetAttributeAsync(Icc(0, IccPmr), 0xF0), Ebusy),
        ["lines are read"] = new(guest => guest.GetAttributeAsync(Lines(1, 0)), Ebusy),
        ["lines are written"] = new(guest => guest.SetAttributeAsync(Lines(0, 32), 1), Ebusy),
        ["SAVE_PENDING_TABLES"] = new(guest => guest.SetAttributeAsync(SavePendingTables), Enxio),
        ["Save"] = new(guest => guest.Api.SaveAsync(guest.Name), Ebusy),
        ["Save that drains"] = new(guest => guest.Api.SaveAsync(guest.Name, InFlightPolicy.Drain), Ebusy),
        ["Export"] = new(guest => guest.Api.ExportAsync(guest.Name), Ebusy),
        ["Checkpoint"] = new(guest => guest.Api.CheckpointAsync(guest.Name), Ebusy),
        ["Restore"] = new(
            async guest => await guest.Api.RestoreAsync(guest.Name, (await SaveTwinAsync(guest)).Blob), Ebusy),
        ["Import"] = new(
            async guest => await guest.Api.ImportAsync(guest.Name, await ExportTwinAsync(guest)), Ebusy),
        ["RestoreCheckpoint"] = new(
            async guest => await guest.Api.RestoreCheckpointAsync(await CheckpointTwinAsync(guest), guest.Name), Ebusy),
    };

    public static TheoryData<string> TooEarlyNames => [.. TooEarly.Keys];

    [Theory]
    [MemberData(nameof(TooEarlyNames))]
    public async Task Refused_before_INIT_and_done_after_it(string name)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        var (call, errno) = TooEarly[name];

        var refusal = await Refusal.OfAsync(() => call(guest));

        new Expected(StatusCode.FailedPrecondition, ErrorReason.AwaitsInit, "spec.awaits_init")
        {
            Resource = guest.Name,
            Accepted = "INIT",
            KvmErrno = errno,
        }.AssertMet(refusal);
        var vm = await guest.DescribeAsync();
        Assert.Equal((VmState.Paused, true), (vm.State, vm.Spec.AwaitsInit));

        await guest.SetAttributeAsync(Init);
        Assert.False((await guest.DescribeAsync()).Spec.AwaitsInit);
        if (name.Contains("not there", StringComparison.Ordinal))
        {
            var unknown = await Refusal.OfAsync(() => call(guest));
            Assert.Equal(ErrorReason.UnknownAttribute, unknown.Detail.Reason);
            return;
        }

        await call(guest);
    }

    [Fact]
    public async Task Places_and_registers_of_an_ITS_need_no_INIT()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Its[0].ClearBase();
        var guest = await CreateAsync(server, spec);

        await guest.SetAttributeAsync(OfIts(ControlGroup, 0));
        await guest.SetAttributeAsync(ItsPlace(), GuestMap.ItsBase);
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCbaser), (1UL << 63) | GuestMap.Queue(0));
        await guest.SetAttributeAsync(ResetIts());
        await guest.SetAttributeAsync(SaveTables());
        await guest.HasAttributeAsync(Gicr(1, RegisterOffset.GicrCtlr));

        Assert.Equal(GuestMap.ItsBase, await guest.GetAttributeAsync(ItsPlace()));
        Assert.True((await guest.DescribeAsync()).Spec.AwaitsInit);
    }

    [Fact]
    public async Task INIT_that_comes_again_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        await guest.SetAttributeAsync(Init);
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCbaser), (1UL << 63) | GuestMap.Queue(0));
        var queue = await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCbaser));
        var before = await guest.DescribeAsync();

        await guest.SetAttributeAsync(Init);

        Assert.Equal(before, await guest.DescribeAsync());
        Assert.NotEqual(0UL, queue);
        Assert.Equal(queue, await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCbaser)));
    }

    [Fact]
    public async Task Restored_checkpoint_of_a_VM_that_had_its_INIT_waits_for_none()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        await guest.SetAttributeAsync(Init);
        var checkpoint = await guest.Api.CheckpointAsync(guest.Name);

        await guest.Api.RestoreCheckpointAsync(checkpoint, "vms/another");

        var other = new Guest(guest.Api, "vms/another");
        Assert.False((await other.DescribeAsync()).Spec.AwaitsInit);
        await other.ResumeAsync();
    }

    private static Task<Guest> CreateAsync(TestServer server) => CreateAsync(server, GuestMap.Spec());

    private static Task<Guest> CreateAsync(TestServer server, VmSpec spec)
    {
        spec.AwaitsInit = true;
        return Guest.CreateAsync(server.Tcp, "guest", spec);
    }

    private static async Task<Api.SavedState> SaveTwinAsync(Guest guest) =>
        await guest.Api.SaveAsync((await TwinAsync(guest)).Name);

    private static async Task<ExportedState> ExportTwinAsync(Guest guest) =>
        (await guest.Api.ExportAsync((await TwinAsync(guest)).Name)).State;

    private static async Task<string> CheckpointTwinAsync(Guest guest) =>
        await guest.Api.CheckpointAsync((await TwinAsync(guest)).Name);

    /// <summary>A VM of the same shape that waits for nothing.</summary>
    private static Task<Guest> TwinAsync(Guest guest) =>
        Guest.CreateAsync(guest.Api, $"twin-{Guid.NewGuid():N}", GuestMap.Spec());

    private sealed record Refused(Func<Guest, Task> Call, uint Errno);
}
