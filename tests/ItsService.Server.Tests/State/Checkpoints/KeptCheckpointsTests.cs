using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.State.Checkpoints;

/// <summary>Which checkpoints are kept, how they are listed, and what bounds them.</summary>
public sealed class KeptCheckpointsTests : IDisposable
{
    private readonly CheckpointFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Oldest_goes_when_there_is_one_too_many_of_its_vm()
    {
        await using var server = await _folder.StartServerAsync(options => options.Limits.CheckpointsPerVmMax = 2);
        await server.Tcp.CreateVmAsync("guest", GuestMap.Spec());
        await server.Tcp.CreateVmAsync("guest-2", GuestMap.Spec());
        await server.Tcp.CheckpointAsync("vms/guest-2");

        var removed = new List<string>();
        for (var number = 1; number <= 4; number++)
        {
            removed.AddRange((await server.Tcp.CheckpointAsync(new CheckpointRequest { Vm = "vms/guest" })).Removed);
        }

        Assert.Equal(["vms/guest/checkpoints/1", "vms/guest/checkpoints/2"], removed);
        Assert.Equal(["guest-2.1.checkpoint", "guest.3.checkpoint", "guest.4.checkpoint"], _folder.Files);
    }

    [Fact]
    public async Task Damaged_ones_are_not_counted_and_not_removed()
    {
        await using var server = await _folder.StartServerAsync(options => options.Limits.CheckpointsPerVmMax = 2);
        await server.Tcp.CreateVmAsync("guest", GuestMap.Spec());
        for (var number = 1; number <= 2; number++)
        {
            _folder.Damage(await server.Tcp.CheckpointAsync("vms/guest"));
        }

        var good = await server.Tcp.CheckpointAsync("vms/guest");
        _folder.Damage(await server.Tcp.CheckpointAsync("vms/guest"));
        var fifth = await server.Tcp.CheckpointAsync(new CheckpointRequest { Vm = "vms/guest" });
        var sixth = await server.Tcp.CheckpointAsync(new CheckpointRequest { Vm = "vms/guest" });

        Assert.Empty(fifth.Removed);
        Assert.Equal([good], sixth.Removed);
        Assert.Equal(
            ["1 damaged", "2 damaged", "4 damaged", "5 whole", "6 whole"],
            (await server.Tcp.ListCheckpointsAsync()).Select(checkpoint =>
                $"{checkpoint.Name.Split('/')[3]} {(checkpoint.Damage.Length == 0 ? "whole" : "damaged")}"));
    }

    [Fact]
    public async Task One_that_was_damaged_and_is_whole_again_is_counted_again()
    {
        await using var server = await _folder.StartServerAsync(options => options.Limits.CheckpointsPerVmMax = 2);
        await server.Tcp.CreateVmAsync("guest", GuestMap.Spec());
        var first = await server.Tcp.CheckpointAsync("vms/guest");
        var whole = await File.ReadAllBytesAsync(_folder.FileOf(first), TestContext.Current.CancellationToken);
        _folder.Damage(first);
        var names = new List<string> { first };
        for (var number = 2; number <= 3; number++)
        {
            var made = await server.Tcp.CheckpointAsync(new CheckpointRequest { Vm = "vms/guest" });
            Assert.Empty(made.Removed);
            names.Add(made.Checkpoint.Name);
        }

        await File.WriteAllBytesAsync(_folder.FileOf(first), whole, TestContext.Current.CancellationToken);
        var fourth = await server.Tcp.CheckpointAsync(new CheckpointRequest { Vm = "vms/guest" });

        Assert.Equal(names[..2], fourth.Removed);
    }

    [Fact]
    public async Task Directory_that_another_service_filled_is_kept_to_the_limit_of_this_one()
    {
        await using (var server = await _folder.StartServerAsync())
        {
            await server.Tcp.CreateVmAsync("guest", GuestMap.Spec());
            for (var number = 1; number <= 4; number++)
            {
                await server.Tcp.CheckpointAsync("vms/guest");
            }
        }

        await using var next = await _folder.StartServerAsync(options => options.Limits.CheckpointsPerVmMax = 2);
        await next.Tcp.RestoreCheckpointAsync("vms/guest/checkpoints/2");
        var made = await next.Tcp.CheckpointAsync(new CheckpointRequest { Vm = "vms/guest" });

        Assert.Equal(
            ["vms/guest/checkpoints/1", "vms/guest/checkpoints/2", "vms/guest/checkpoints/3"], made.Removed);
        Assert.Equal(["guest.4.checkpoint", "guest.5.checkpoint"], _folder.Files);
    }

    [Fact]
    public async Task Directory_has_a_limit_that_a_deletion_makes_room_below()
    {
        await using var server = await _folder.StartServerAsync(
            options => options.Limits.CheckpointBytesMax = 128 << 10);
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        var sixtyKib = ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, 15 * 4096)]);
        await guest.WriteMemoryAsync(GuestMap.RamBase, sixtyKib);
        var first = await server.Tcp.CheckpointAsync(guest.Name);
        await server.Tcp.CheckpointAsync(guest.Name);

        var refusal = await Refusal.OfAsync(() => server.Tcp.CheckpointAsync(guest.Name));

        new Expected(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "")
        {
            Resource = guest.Name,
            Accepted = "131072",
        }.AssertMet(refusal);
        Assert.Equal(["guest.1.checkpoint", "guest.2.checkpoint"], _folder.Files);
        await server.Tcp.DeleteCheckpointAsync(first);
        await server.Tcp.CheckpointAsync(guest.Name);
    }

    [Fact]
    public async Task State_that_is_too_large_is_not_written()
    {
        await using var server = await _folder.StartServerAsync(
            options => options.Limits.SavedStateBytesMax = 64 << 10);
        var large = await Submissions.SlowQueue.BootAsync(server.Tcp, "large");

        var refusal = await Refusal.OfAsync(() => server.Tcp.CheckpointAsync(large.Name));

        Assert.Equal((ErrorReason.LimitExceeded, "state"), (refusal.Detail.Reason, refusal.Detail.Field));
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public async Task List_comes_in_pages_by_name_and_number()
    {
        await using var server = await _folder.StartServerAsync(options => options.Limits.CheckpointsPerVmMax = 1000);
        foreach (var id in new[] { "a-b", "a", "b" })
        {
            await server.Tcp.CreateVmAsync(id, GuestMap.Spec(vcpuCount: 1));
        }

        for (var number = 1; number <= 11; number++)
        {
            await server.Tcp.CheckpointAsync("vms/a");
        }

        await server.Tcp.CheckpointAsync("vms/b");
        await server.Tcp.CheckpointAsync("vms/a-b");
        await server.Tcp.DeleteVmAsync("vms/a");
        string[] expected =
        [
            .. Enumerable.Range(1, 11).Select(number => $"vms/a/checkpoints/{number}"), "vms/a-b/checkpoints/1",
            "vms/b/checkpoints/1",
        ];

        var pages = new List<int>();
        var names = new List<string>();
        var token = "";
        do
        {
            var page = await server.Tcp.ListCheckpointsAsync(
                new ListCheckpointsRequest { PageSize = 5, PageToken = token });
            names.AddRange(page.Checkpoints.Select(checkpoint => checkpoint.Name));
            pages.Add(page.Checkpoints.Count);
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        Assert.Equal(expected, names);
        Assert.Equal([5, 5, 3], pages);
        Assert.Equal(expected[..11], (await server.Tcp.ListCheckpointsAsync("vms/a")).Select(found => found.Name));
        Assert.Empty(await server.Tcp.ListCheckpointsAsync("vms/nobody"));
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_list_request_is_told()
    {
        await using var server = await _folder.StartServerAsync();

        var refusal = await Refusal.OfAsync(() => server.Tcp.ListCheckpointsAsync(
            new ListCheckpointsRequest { Vm = "guest", PageSize = 1001, PageToken = "vms/guest" }));

        Assert.Equal(
            [
                (ErrorReason.MalformedName, "vm"), (ErrorReason.OutOfRange, "page_size"),
                (ErrorReason.MalformedName, "page_token"),
            ],
            refusal.Details.Select(detail => (detail.Reason, detail.Field)));
    }

    [Fact]
    public async Task Deleted_one_is_gone_and_cannot_be_deleted_again()
    {
        await using var server = await _folder.StartServerAsync();
        await server.Tcp.CreateVmAsync("guest", GuestMap.Spec());
        var name = await server.Tcp.CheckpointAsync("vms/guest");

        await server.Tcp.DeleteCheckpointAsync(name);

        Assert.Empty(await server.Tcp.ListCheckpointsAsync());
        var again = await Refusal.OfAsync(() => server.Tcp.DeleteCheckpointAsync(name));
        new Expected(StatusCode.NotFound, ErrorReason.CheckpointNotFound, "name") { Resource = name }.AssertMet(again);
    }

    [Theory]
    [InlineData(InFlightPolicy.Refuse, 0u, ErrorReason.CommandsInFlight, "in_flight")]
    [InlineData((InFlightPolicy)9, 0u, ErrorReason.OutOfRange, "in_flight")]
    [InlineData(InFlightPolicy.Carry, 5u, ErrorReason.OutOfRange, "drain_deadline_ms")]
    public async Task Checkpoint_is_refused_for_the_reasons_of_a_save(
        InFlightPolicy policy, uint deadlineMs, ErrorReason reason, string field)
    {
        await using var server = await _folder.StartServerAsync();
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);

        var refusal = await Refusal.OfAsync(() => server.Tcp.CheckpointAsync(new CheckpointRequest
        {
            Vm = guest.Name,
            InFlight = policy,
            DrainDeadlineMs = deadlineMs,
        }));

        Assert.Equal((reason, field), (refusal.Detail.Reason, refusal.Detail.Field));
        Assert.Empty(await server.Tcp.ListCheckpointsAsync());
    }
}
