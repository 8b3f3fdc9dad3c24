using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.State.Checkpoints;

/// <summary>A checkpoint put into a VM that is there, or made a VM of another name: wholly or not at all.</summary>
public class RestoreCheckpointTests
{
    private static readonly ByteString Mark = ByteString.CopyFrom(0xAB);

    [Fact]
    public async Task Paused_vm_gets_the_state_and_the_memory_back()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);
        var name = await server.Tcp.CheckpointAsync(guest.Name);
        var (state, pages) = await LookAsync(server, guest);
        var uid = (await guest.DescribeAsync()).Uid;
        await server.Tcp.ResumeAsync(guest.Name);
        await guest.SignalAsync(device: 1, eventId: 0);
        await guest.WriteMemoryAsync(GuestMap.DataArea, Mark);
        await guest.WriteMemoryAsync(GuestMap.ConfigurationTable, ByteString.CopyFrom(new byte[4096]));
        await server.Tcp.PauseAsync(guest.Name);

        var restored = await server.Tcp.RestoreCheckpointAsync(name);

        Assert.Equal((uid, VmState.Paused), (restored.Vm.Uid, restored.Vm.State));
        Assert.Equal(9u, restored.Summary.InFlightCommands);
        var after = await LookAsync(server, guest);
        Assert.Equal(state, after.State);
        Assert.Equal(pages, after.Pages);
    }

    [Fact]
    public async Task Pages_that_were_lost_and_pages_that_came_are_dirty()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await server.Tcp.PauseAsync(guest.Name);
        await guest.WriteMemoryAsync(GuestMap.RamBase, Mark);
        var name = await server.Tcp.CheckpointAsync(guest.Name);
        await guest.WriteMemoryAsync(GuestMap.RamBase, ByteString.CopyFrom(0));
        await guest.WriteMemoryAsync(GuestMap.DataArea, Mark);
        var drained = await DrainAsync(guest, received: 0);
        Assert.Empty(drained.Ranges);

        await server.Tcp.RestoreCheckpointAsync(name);

        var ranges = (await DrainAsync(guest, drained.Answer)).Ranges;
        Assert.Equal([GuestMap.RamBase, GuestMap.DataArea], ranges.Select(range => range.Address));
        Assert.All(ranges, range => Assert.Equal(4096ul, range.LengthBytes));
        Assert.Equal(Mark, await guest.ReadMemoryAsync(GuestMap.RamBase, 1));
        Assert.Equal(0, (await guest.ReadMemoryAsync(GuestMap.DataArea, 1))[0]);
    }

    [Fact]
    public async Task Two_vms_can_be_made_of_one_checkpoint()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("LPIs are pending at several vCPUs", server, server.Tcp);
        var name = await server.Tcp.CheckpointAsync(guest.Name);
        var original = await LookAsync(server, guest);

        foreach (var id in new[] { "vms/twin", "vms/other-twin" })
        {
            var restored = await server.Tcp.RestoreCheckpointAsync(name, id);

            Assert.Equal((id, VmState.Paused), (restored.Vm.Name, restored.Vm.State));
            var twin = await LookAsync(server, new Guest(server.Tcp, id));
            Assert.Equal(original.State, twin.State);
            Assert.Equal(original.Pages, twin.Pages);
        }

        Assert.Equal(3, (await server.Tcp.ListVmsAsync()).Vms.Count);
    }

    [Fact]
    public async Task All_that_is_in_the_way_is_told_and_nothing_changes()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("two ITSs are busy", server, server.Tcp);
        var name = await server.Tcp.CheckpointAsync(guest.Name);
        var spec = GuestMap.Spec(vcpuCount: 1, itsCount: 1);
        spec.DistributorBase += 0x200_0000;
        spec.Its[0].ClearBase();
        spec.MemoryRegions[0].SizeBytes /= 2;
        spec.MemoryRegions.Add(GuestMap.Region(0x2000_0000, 0x1000, isReadOnly: true));
        var other = await Guest.CreateAsync(server.Tcp, "other", spec);
        await other.WriteMemoryAsync(GuestMap.RamBase, Mark);
        var before = await LookAsync(server, other);

        var refusal = await Refusal.OfAsync(() => server.Tcp.RestoreCheckpointAsync(name, other.Name));

        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        Assert.Equal(
            [
                "", "shape.its_count", "shape.vcpu_count", "spec.distributor_base", "spec.redistributor_regions[0]",
                "spec.its[0].base", "spec.memory_regions", "spec.memory_regions", "spec.memory_regions",
            ],
            refusal.Details.Select(detail => detail.Field));
        Assert.Equal((ErrorReason.WrongState, 16u), (refusal.Details[0].Reason, refusal.Details[0].KvmErrno));
        Assert.Contains("0x20000000..0x20000FFF, read-only", refusal.Details[^1].Message, StringComparison.Ordinal);
        Assert.Equal("no place", refusal.Details[5].Accepted);
        Assert.Equal(VmState.Running, (await other.DescribeAsync()).State);
        var after = await LookAsync(server, other);
        Assert.Equal(before.State, after.State);
        Assert.Equal(before.Pages, after.Pages);
    }

    /// <summary>The largest spec, of which only the last region differs: within what any client takes.</summary>
    [Fact]
    public async Task Of_many_redistributor_regions_the_first_that_differs_is_told()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec(vcpuCount: 512);
        spec.RedistributorRegions.Clear();
        spec.RedistributorRegions.AddRange(Enumerable.Range(0, 512).Select(vcpu => new RedistributorRegion
        {
            Base = 0xF_0000_0000_0000 + ((ulong)vcpu * 0x2_0000),
            Count = 1,
        }));
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        var name = await server.Tcp.CheckpointAsync(guest.Name);
        spec.RedistributorRegions[511].Base += 0x2_0000;
        var other = await Guest.CreateAsync(server.Tcp, "other", spec);
        await server.Tcp.PauseAsync(other.Name);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => server.Tcp.RestoreCheckpointAsync(name, other.Name));

        Assert.InRange(error.Trailers.Sum(entry => entry.IsBinary ? entry.ValueBytes.Length : 0), 1, 1000);
        new Expected(StatusCode.InvalidArgument, ErrorReason.OutOfRange, "spec.redistributor_regions[511]")
        {
            Resource = other.Name,
            Accepted = "1 at 0xF000004000000",
        }.AssertMet(Refusal.Of(error));
    }

    [Fact]
    public async Task Running_vm_is_not_restored()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        var name = await server.Tcp.CheckpointAsync(guest.Name);

        var refusal = await Refusal.OfAsync(() => server.Tcp.RestoreCheckpointAsync(name));

        new Expected(StatusCode.FailedPrecondition, ErrorReason.WrongState, "")
        {
            Resource = guest.Name,
            KvmErrno = 16,
            Accepted = "Paused",
        }.AssertMet(refusal);
        Assert.Equal(1u, await guest.ReadAsync("GITS_CTLR") & 1);
    }

    [Fact]
    public async Task Memory_without_room_refuses_the_restore_and_nothing_is_spent()
    {
        const long Pages = 9;
        await using var server = await TestServer.StartAsync(
            options => options.Limits.HostedMemoryBytesMax = Pages * 4096);
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await server.Tcp.PauseAsync(guest.Name);
        var fourPages = ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, 4 * 4096)]);
        await guest.WriteMemoryAsync(GuestMap.RamBase, fourPages);
        var name = await server.Tcp.CheckpointAsync(guest.Name);
        var other = await Guest.CreateAsync(server.Tcp, "other");
        await other.WriteMemoryAsync(GuestMap.RamBase, ByteString.CopyFrom([.. Enumerable.Repeat((byte)2, 8192)]));

        // 4 and 2 of 9 are spent: 4 more are too many, for a copy as well as for another VM.
        var restore = await Refusal.OfAsync(() => server.Tcp.RestoreCheckpointAsync(name));
        var twin = await Refusal.OfAsync(() => server.Tcp.RestoreCheckpointAsync(name, "vms/twin"));
        var copy = await Refusal.OfAsync(() => server.Tcp.CheckpointAsync(guest.Name));

        Assert.All([restore, twin, copy], refusal =>
        {
            Assert.Equal(
                (StatusCode.ResourceExhausted, ErrorReason.LimitExceeded), (refusal.Code, refusal.Detail.Reason));
            Assert.Contains($"{Pages * 4096}", refusal.Detail.Accepted, StringComparison.Ordinal);
        });
        Assert.Equal(fourPages, await guest.ReadMemoryAsync(GuestMap.RamBase, 4 * 4096));
        Assert.Equal(2, (await server.Tcp.ListVmsAsync()).Vms.Count);
        await server.Tcp.DeleteVmAsync(other.Name);
        for (var round = 0; round < 3; round++)
        {
            await server.Tcp.RestoreCheckpointAsync(name);
            await server.Tcp.CheckpointAsync(guest.Name);
            await server.Tcp.RestoreCheckpointAsync(name, "vms/twin");
            await server.Tcp.DeleteVmAsync("vms/twin");
        }
    }

    [Fact]
    public async Task Memory_beyond_what_one_vm_may_have_is_refused()
    {
        using var folder = new CheckpointFolder();
        string name;
        await using (var server = await folder.StartServerAsync())
        {
            var guest = await Guest.CreateAsync(server.Tcp, "guest");
            await guest.WriteMemoryAsync(
                GuestMap.RamBase, ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, 3 * 4096)]));
            name = await server.Tcp.CheckpointAsync(guest.Name);
        }

        await using var next = await folder.StartServerAsync(
            options => options.Limits.HostedMemoryBytesPerVmMax = 2 * 4096);
        var refusal = await Refusal.OfAsync(() => next.Tcp.RestoreCheckpointAsync(name));

        Assert.Equal((StatusCode.ResourceExhausted, ErrorReason.LimitExceeded), (refusal.Code, refusal.Detail.Reason));
        Assert.Empty((await next.Tcp.ListVmsAsync()).Vms);
    }

    [Fact]
    public async Task Limits_of_vms_hold_for_a_restore()
    {
        using var folder = new CheckpointFolder();
        string name;
        await using (var server = await folder.StartServerAsync())
        {
            var guest = await Guest.CreateAsync(server.Tcp, "guest");
            name = await server.Tcp.CheckpointAsync(guest.Name);
        }

        await using var next = await folder.StartServerAsync(
            options => options.Limits.VcpusPerVmMax = 1);
        var vcpus = await Refusal.OfAsync(() => next.Tcp.RestoreCheckpointAsync(name));

        Assert.Equal((ErrorReason.LimitExceeded, "spec.vcpus"), (vcpus.Detail.Reason, vcpus.Detail.Field));
        Assert.Equal("vms/guest", vcpus.Detail.Resource);
    }

    [Fact]
    public async Task One_vm_too_many_is_not_made()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.VmsMax = 1);
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        var name = await server.Tcp.CheckpointAsync(guest.Name);

        var refusal = await Refusal.OfAsync(() => server.Tcp.RestoreCheckpointAsync(name, "vms/other"));

        Assert.Equal((ErrorReason.LimitExceeded, "vms/other"), (refusal.Detail.Reason, refusal.Detail.Resource));
    }

    [Theory]
    [InlineData("", "", ErrorReason.Required, "name")]
    [InlineData("vms/guest", "", ErrorReason.MalformedName, "name")]
    [InlineData("vms/guest/checkpoints/0", "", ErrorReason.MalformedName, "name")]
    [InlineData("vms/guest/checkpoints/01", "", ErrorReason.MalformedName, "name")]
    [InlineData("vms/guest/checkpoints/9223372036854775808", "", ErrorReason.MalformedName, "name")]
    [InlineData("vms/../checkpoints/1", "", ErrorReason.MalformedName, "name")]
    [InlineData("vms/a/../b/checkpoints/1", "", ErrorReason.MalformedName, "name")]
    [InlineData("vms/guest/checkpoints/1/checkpoints/1", "", ErrorReason.MalformedName, "name")]
    [InlineData("vms/guest/checkpoints/1", "other", ErrorReason.MalformedName, "vm")]
    [InlineData("vms/guest/checkpoints/1", "", ErrorReason.CheckpointNotFound, "name")]
    public async Task Names_must_be_those_of_a_checkpoint_and_of_a_vm(
        string name, string vm, ErrorReason reason, string field)
    {
        await using var server = await TestServer.StartAsync();

        var refusal = await Refusal.OfAsync(() => server.Tcp.RestoreCheckpointAsync(name, vm));

        Assert.Equal((reason, field), (refusal.Detail.Reason, refusal.Detail.Field));
        if (vm.Length == 0)
        {
            var delete = await Refusal.OfAsync(() => server.Tcp.DeleteCheckpointAsync(name));
            Assert.Equal((reason, field), (delete.Detail.Reason, delete.Detail.Field));
        }
    }

    private static async Task<(byte[] State, IReadOnlyList<string> Pages)> LookAsync(TestServer server, Guest guest)
    {
        var saved = await server.Tcp.SaveAsync(new SaveRequest { Vm = guest.Name, OmitTables = true });
        return (saved.Blob, await GuestPages.OfAsync(server, guest));
    }

    private static Task<DrainDirtyPagesResponse> DrainAsync(Guest guest, ulong received) =>
        guest.Api.DrainDirtyPagesAsync(new DrainDirtyPagesRequest { Vm = guest.Name, Received = received });
}
