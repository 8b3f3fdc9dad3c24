using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Guests;
using static ItsService.Server.Tests.Attributes.AttributeCalls;

namespace ItsService.Server.Tests.State.Checkpoints;

/// <summary>
/// A service that was stopped and started again makes VMs of its checkpoints, which go on where they were.
/// </summary>
public sealed class RestartTests : IDisposable
{
    private readonly CheckpointFolder _folder = new();

    public static TheoryData<string> Guests => [.. SavedGuests.Names];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Guests))]
    public async Task Guest_goes_on_in_the_next_service_when(string guest)
    {
        string name;
        Vm before;
        byte[] state;
        IReadOnlyList<string> pages;
        IReadOnlyList<string> seen;
        await using (var server = await _folder.StartServerAsync())
        {
            var original = await SavedGuests.MakeAsync(guest, server, server.Tcp);
            name = await server.Tcp.CheckpointAsync(original.Name);
            before = await original.DescribeAsync();
            state = (await server.Tcp.SaveAsync(original.Name)).Blob;
            pages = await GuestPages.OfAsync(server, original);
            seen = await GoingOn.RunAsync(original, before.Spec.Its.Count);
        }

        await using var next = await _folder.StartServerAsync();
        var restored = await next.Tcp.RestoreCheckpointAsync(name);

        Assert.Equal((before.Name, VmState.Paused), (restored.Vm.Name, restored.Vm.State));
        Assert.Equal(before.Spec, restored.Vm.Spec);
        var vm = new Guest(next.Tcp, restored.Vm.Name);
        Assert.Equal(pages, await GuestPages.OfAsync(next, vm));
        Assert.Equal(state, (await next.Tcp.SaveAsync(new SaveRequest { Vm = vm.Name, OmitTables = true })).Blob);
        Assert.Equal(seen, await GoingOn.RunAsync(vm, before.Spec.Its.Count));
    }

    [Fact]
    public async Task Checkpoint_of_a_running_vm_holds_commands_in_flight_and_pending_lpis()
    {
        string name;
        StateSummary summary;
        await using (var server = await _folder.StartServerAsync(options => options.Limits.InlineCommandsMax = 1))
        {
            var guest = await Submissions.SlowQueue.BootAsync(server.Tcp, "guest");
            var submitted = await Submissions.SlowQueue.StartAsync(
                guest, TestContext.Current.CancellationToken, count: 200);
            var made = await server.Tcp.CheckpointAsync(new CheckpointRequest { Vm = guest.Name, OmitTables = true });
            Assert.False(submitted.IsCompleted, "the queue was too short for this test");
            Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
            (name, summary) = (made.Checkpoint.Name, made.Checkpoint.Summary);
            await server.Tcp.DeleteVmAsync(guest.Name);
            await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => submitted.WithinLimit());
        }

        Assert.InRange(summary.InFlightCommands, 1u, 200u);
        Assert.Equal(57_344ul, summary.PendingLpis);
        await using var next = await _folder.StartServerAsync();
        var restored = await next.Tcp.RestoreCheckpointAsync(name);
        Assert.Equal(summary, restored.Summary);
        // Nothing runs before Resume, and then the rest of the queue, once.
        Assert.Equal(summary, (await next.Tcp.SaveAsync(restored.Vm.Name)).Summary);
        var drained = await next.Tcp.SaveAsync(
            new SaveRequest { Vm = restored.Vm.Name, InFlight = InFlightPolicy.Drain, DrainDeadlineMs = 60_000 });
        Assert.Equal((0u, 57_344ul), (drained.Summary.InFlightCommands, drained.Summary.PendingLpis));
        var totals = (await next.Tcp.GetDiagnosticsAsync(new GetDiagnosticsRequest { Vm = restored.Vm.Name }))
            .CommandTotals;
        Assert.Equal(summary.InFlightCommands, totals.Aggregate(0ul, (sum, total) => sum + total.Count));
    }

    [Fact]
    public async Task Memory_that_is_read_only_and_regions_that_were_added_come_back()
    {
        const ulong Rom = 0x2000_0000;
        const ulong Far = 0x80_0000_0000;
        IReadOnlyList<string> pages;
        string name;
        await using (var server = await _folder.StartServerAsync())
        {
            var guest = await Guest.BootAsync(server.Tcp, "guest");
            await server.Tcp.UpdateMemoryAsync(new UpdateMemoryRequest
            {
                Name = guest.Name,
                AddRegions = { GuestMap.Region(Rom, 0x1_0000, isReadOnly: true), GuestMap.Region(Far, 0x4000_0000) },
            });
            await guest.WriteMemoryAsync(Rom + 0x2FFF, ByteString.CopyFrom(1, 2, 3));
            await guest.WriteMemoryAsync(Far + 0x3FFF_FFFF, ByteString.CopyFrom(4));
            // A page that held something and holds zeros now has no place in the file.
            await guest.WriteMemoryAsync(GuestMap.DataArea, ByteString.CopyFrom(5));
            await guest.WriteMemoryAsync(GuestMap.DataArea, ByteString.CopyFrom(0));
            var made = await server.Tcp.CheckpointAsync(new CheckpointRequest { Vm = guest.Name });
            name = made.Checkpoint.Name;
            pages = await GuestPages.OfAsync(server, guest);
            Assert.Equal((ulong)pages.Count * 4096, made.Checkpoint.MemoryBytes);
            Assert.DoesNotContain(
                pages, page => page.StartsWith($"0x{GuestMap.DataArea:X}:", StringComparison.Ordinal));
            Assert.Equal((ulong)new FileInfo(_folder.FileOf(name)).Length, made.Checkpoint.SizeBytes);
        }

        await using var next = await _folder.StartServerAsync();
        var restored = await next.Tcp.RestoreCheckpointAsync(name);
        Assert.Equal(pages, await GuestPages.OfAsync(next, new Guest(next.Tcp, restored.Vm.Name)));
        Assert.Equal([false, true, false], restored.Vm.Spec.MemoryRegions.Select(region => region.ReadOnly));
    }

    [Fact]
    public async Task Places_that_frames_were_given_come_back_and_stay()
    {
        string oneForAll;
        string unfinished;
        await using (var server = await _folder.StartServerAsync())
        {
            var first = await Guest.CreateAsync(server.Tcp, "first", OpenSpec());
            await first.SetAttributeAsync(DistributorPlace, GuestMap.DistributorBase);
            await first.SetAttributeAsync(RedistributorsPlace, GuestMap.RedistributorBase);
            await first.SetAttributeAsync(ItsPlace(), GuestMap.ItsBase);
            oneForAll = await server.Tcp.CheckpointAsync(first.Name);
            // A region for one of two vCPUs: not a VM that could be created so, but one that is being made.
            var second = await Guest.CreateAsync(server.Tcp, "second", OpenSpec());
            await second.PauseAsync();
            await second.SetAttributeAsync(RegionPlace, GuestMap.RedistributorBase | (1UL << 52));
            unfinished = await server.Tcp.CheckpointAsync(second.Name);
        }

        await using var next = await _folder.StartServerAsync();
        var restored = new Guest(next.Tcp, (await next.Tcp.RestoreCheckpointAsync(oneForAll)).Vm.Name);
        Assert.Equal(GuestMap.ItsBase, (await restored.DescribeAsync()).Spec.Its[0].Base);
        var again = await Refusals.Refusal.OfAsync(
            () => restored.SetAttributeAsync(RedistributorsPlace, GuestMap.RedistributorBase + 0x100_0000));
        Assert.Equal(ErrorReason.AlreadyPlaced, again.Detail.Reason);

        var goesOn = new Guest(next.Tcp, (await next.Tcp.RestoreCheckpointAsync(unfinished)).Vm.Name);
        var tooFew = await Refusals.Refusal.OfAsync(goesOn.ResumeAsync);
        Assert.Equal(ErrorReason.FrameNotPlaced, tooFew.Detail.Reason);
        await goesOn.SetAttributeAsync(RegionPlace, (GuestMap.RedistributorBase + 0x100_0000) | (1UL << 52) | 1);
        await goesOn.ResumeAsync();
    }

    [Fact]
    public async Task Numbers_go_on_and_the_clock_and_the_version_are_told()
    {
        string[] names;
        var startedAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await using (var server = await _folder.StartServerAsync())
        {
            var guest = await Guest.CreateAsync(server.Tcp, "guest");
            names = [await server.Tcp.CheckpointAsync(guest.Name), await server.Tcp.CheckpointAsync(guest.Name)];
            await server.Tcp.DeleteCheckpointAsync(names[1]);
            names = [.. names, await server.Tcp.CheckpointAsync(guest.Name)];
        }

        await using var next = await _folder.StartServerAsync();
        await next.Tcp.RestoreCheckpointAsync(names[2]);
        names = [.. names, await next.Tcp.CheckpointAsync("vms/guest")];

        Assert.Equal([1, 2, 3, 4], names.Select(name => int.Parse(name.Split('/')[3], provider: null)));
        var listed = await next.Tcp.ListCheckpointsAsync();
        Assert.Equal([names[0], names[2], names[3]], listed.Select(checkpoint => checkpoint.Name));
        Assert.All(listed, checkpoint =>
        {
            Assert.InRange((long)checkpoint.CreatedUnixMs, startedAt, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            Assert.StartsWith("0.", checkpoint.SavedBy, StringComparison.Ordinal);
            Assert.Equal("", checkpoint.Damage);
        });
    }

    [Fact]
    public async Task Number_of_one_that_another_service_wrote_is_not_given_again_after_its_deletion()
    {
        await using (var server = await _folder.StartServerAsync())
        {
            var guest = await Guest.CreateAsync(server.Tcp, "guest");
            await server.Tcp.CheckpointAsync(guest.Name);
            await server.Tcp.CheckpointAsync(guest.Name);
        }

        await using var next = await _folder.StartServerAsync();
        await Guest.CreateAsync(next.Tcp, "guest");
        await next.Tcp.DeleteCheckpointAsync("vms/guest/checkpoints/2");

        Assert.Equal("vms/guest/checkpoints/3", await next.Tcp.CheckpointAsync("vms/guest"));
    }

    private static VmSpec OpenSpec()
    {
        var spec = GuestMap.Spec();
        spec.ClearDistributorBase();
        spec.RedistributorRegions.Clear();
        spec.Its[0].ClearBase();
        return spec;
    }
}
