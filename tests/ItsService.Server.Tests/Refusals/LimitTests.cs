using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Refusals;

/// <summary>The limits of one server: what is just inside is served, what is just outside is refused by name.</summary>
public class LimitTests
{
    [Fact]
    public async Task Server_info_tells_the_limits_that_were_set()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits = new ItsServerLimits
        {
            VmsMax = 11,
            VcpusPerVmMax = 12,
            ItsPerVmMax = 3,
            MemoryRegionsPerVmMax = 14,
            HostedMemoryBytesPerVmMax = 15 << 20,
            MessageBytesMax = 160 << 10,
            MemoryAccessBytesMax = 17 << 10,
            BatchAccessesMax = 18,
            GuestMistakesKeptMax = 19,
            InlineCommandsMax = 20,
            BatchCommandsMax = 21,
            HostedMemoryBytesMax = 22 << 20,
            WaitingCallsPerVmMax = 23,
            ConnectionsMax = 24,
            DumpsMax = 25,
            StateTransfersMax = 26,
            SavedStateBytesMax = 27 << 20,
            CheckpointsPerVmMax = 28,
            CheckpointBytesMax = 29 << 20,
            SharedRegionsMax = 33,
            MsiBatchRecordsMax = 34,
            MsiSendersMax = 35,
            ActivityWatchesMax = 39,
            VcpuWatchesPerVmMax = 36,
            TracersPerVmMax = 37,
            TraceEventsMax = 38,
            UnreceivedAnswersMax = 30,
            UnreceivedAnswerBytesMax = 31 << 20,
            MemoryAnswerMillisecondsMax = 32,
        });

        Assert.Equal(
            new ServerLimits
            {
                VmsMax = 11,
                VcpusPerVmMax = 12,
                ItsPerVmMax = 3,
                MemoryRegionsPerVmMax = 14,
                HostedMemoryBytesPerVmMax = 15 << 20,
                MessageBytesMax = 160 << 10,
                MemoryAccessBytesMax = 17 << 10,
                BatchAccessesMax = 18,
                GuestMistakesKeptMax = 19,
                InlineCommandsMax = 20,
                BatchCommandsMax = 21,
                HostedMemoryBytesMax = 22 << 20,
                WaitingCallsPerVmMax = 23,
                ConnectionsMax = 24,
                DumpsMax = 25,
                StateTransfersMax = 26,
                SavedStateBytesMax = 27 << 20,
                CheckpointsPerVmMax = 28,
                CheckpointBytesMax = 29 << 20,
                SharedRegionsMax = 33,
                MsiBatchRecordsMax = 34,
                MsiSendersMax = 35,
                ActivityWatchesMax = 39,
                VcpuWatchesPerVmMax = 36,
                TracersPerVmMax = 37,
                TraceEventsMax = 38,
                UnreceivedAnswersMax = 30,
                UnreceivedAnswerBytesMax = 31 << 20,
                MemoryAnswerMsMax = 32,
            },
            (await server.Tcp.GetServerInfoAsync()).Limits);
    }

    [Fact]
    public async Task One_vm_too_many_is_refused_until_another_is_deleted()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.VmsMax = 2);
        await server.Tcp.CreateVmAsync("a", GuestMap.Spec());
        await server.Tcp.CreateVmAsync("b", GuestMap.Spec());

        var refusal = await Refusal.OfAsync(() => server.Tcp.CreateVmAsync("c", GuestMap.Spec()));

        (Exceeded("", "2") with { Resource = "vms/c" }).AssertMet(refusal);
        Assert.Contains("2", refusal.Message, StringComparison.Ordinal);
        var taken = await Refusal.OfAsync(() => server.Tcp.CreateVmAsync("a", GuestMap.Spec()));
        Assert.Equal(StatusCode.AlreadyExists, taken.Code);
        await server.Tcp.DeleteVmAsync("vms/a");
        await server.Tcp.CreateVmAsync("c", GuestMap.Spec());
    }

    [Fact]
    public async Task One_vcpu_too_many_for_this_server_is_refused()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.VcpusPerVmMax = 2);

        var refusal = await Refusal.OfAsync(() => server.Tcp.CreateVmAsync("wide", GuestMap.Spec(vcpuCount: 3)));

        (Exceeded("spec.vcpus", "2") with { Resource = "vms/wide" }).AssertMet(refusal);
        await server.Tcp.CreateVmAsync("wide", GuestMap.Spec(vcpuCount: 2));
    }

    [Fact]
    public async Task One_its_too_many_for_this_server_is_refused()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.ItsPerVmMax = 1);

        var refusal = await Refusal.OfAsync(() => server.Tcp.CreateVmAsync("wide", GuestMap.Spec(itsCount: 2)));

        (Exceeded("spec.its", "1") with { Resource = "vms/wide" }).AssertMet(refusal);
        await server.Tcp.CreateVmAsync("wide", GuestMap.Spec(itsCount: 1));
    }

    [Fact]
    public async Task One_memory_region_too_many_is_refused_at_creation_and_later()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.MemoryRegionsPerVmMax = 1);
        var spec = GuestMap.Spec();
        spec.MemoryRegions.Add(GuestMap.Region(0x1_0000_0000, 0x1000));
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        var update = new UpdateMemoryRequest { Name = guest.Name, AddRegions = { spec.MemoryRegions[1] } };

        var atCreation = await Refusal.OfAsync(() => server.Tcp.CreateVmAsync("other", spec));
        var later = await Refusal.OfAsync(() => server.Tcp.UpdateMemoryAsync(update));
        update.RemoveBases.Add(GuestMap.RamBase);
        var replaced = await server.Tcp.UpdateMemoryAsync(update);

        (Exceeded("spec.memory_regions", "1") with { Resource = "vms/other" }).AssertMet(atCreation);
        (Exceeded("add_regions", "1") with { Resource = guest.Name }).AssertMet(later);
        Assert.Equal(0x1_0000_0000u, Assert.Single(replaced.Spec.MemoryRegions).Base);
    }

    [Fact]
    public async Task Hosted_memory_is_counted_by_what_is_written()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Limits.HostedMemoryBytesPerVmMax = 1 << 20);
        var guest = await Guest.CreateAsync(server.Tcp, "full");
        var page = ByteString.CopyFrom(new byte[] { 1 });

        var written = 0u;
        RpcException? error = null;
        while (error is null && written < 1024)
        {
            error = await Record.ExceptionAsync(() =>
                guest.WriteMemoryAsync(GuestMap.RamBase + (written * 0x1_0000), page)) as RpcException;
            written += error is null ? 1u : 0;
        }

        Assert.NotNull(error);
        var refusal = Refusal.Of(error);
        Assert.Equal((StatusCode.ResourceExhausted, ErrorReason.LimitExceeded), (refusal.Code, refusal.Detail.Reason));
        Assert.Equal(guest.Name, refusal.Detail.Resource);
        Assert.InRange(written, 1u, 256u);
        await guest.WriteMemoryAsync(GuestMap.RamBase, ByteString.CopyFrom(2));
        Assert.Equal(2, (await guest.ReadMemoryAsync(GuestMap.RamBase, 1))[0]);
        Assert.Equal(0, (await guest.ReadMemoryAsync(GuestMap.RamBase + (written * 0x1_0000), 1))[0]);
        await Guest.CreateAsync(server.Tcp, "other");
    }

    [Fact]
    public async Task Removed_region_gives_back_its_share_of_the_limit()
    {
        await using var server = await TestServer.StartAsync(options =>
            options.Limits.HostedMemoryBytesPerVmMax = 1 << 20);
        var guest = await Guest.CreateAsync(server.Tcp, "turnover");
        var block = ByteString.CopyFrom(Enumerable.Repeat((byte)7, 512 << 10).ToArray());

        for (var round = 0; round < 4; round++)
        {
            await guest.WriteMemoryAsync(GuestMap.RamBase, block);
            await server.Tcp.UpdateMemoryAsync(new UpdateMemoryRequest
            {
                Name = guest.Name,
                RemoveBases = { GuestMap.RamBase },
                AddRegions = { GuestMap.Region(GuestMap.RamBase, GuestMap.RamSizeBytes) },
            });
        }

        Assert.Equal(0, (await guest.ReadMemoryAsync(GuestMap.RamBase, 1))[0]);
    }

    [Fact]
    public async Task One_access_too_many_is_refused_and_none_is_made()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.BatchAccessesMax = 3);
        var guest = await Guest.CreateAsync(server.Tcp, "batch");
        var write = new Access
        {
            WriteMemory = new WriteMemoryAccess { Address = GuestMap.RamBase, Data = ByteString.CopyFrom(1) },
        };

        var refusal = await Refusal.OfAsync(() => guest.Api.BatchAsync(new BatchRequest
        {
            Vm = guest.Name,
            Accesses = { Enumerable.Repeat(write, 4) },
        }));

        (Exceeded("accesses", "3") with { Resource = guest.Name }).AssertMet(refusal);
        Assert.Equal(0, (await guest.ReadMemoryAsync(GuestMap.RamBase, 1))[0]);
        await guest.Api.BatchAsync(new BatchRequest { Vm = guest.Name, Accesses = { Enumerable.Repeat(write, 3) } });
    }

    [Fact]
    public async Task Batch_whose_answer_would_be_too_large_is_refused()
    {
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Limits.MessageBytesMax = 256 << 10;
            options.Limits.MemoryAccessBytesMax = 128 << 10;
        });
        var guest = await Guest.CreateAsync(server.Tcp, "echo");
        var read = new Access
        {
            ReadMemory = new ReadMemoryAccess { Address = GuestMap.RamBase, LengthBytes = 128 << 10 },
        };

        var refusal = await Refusal.OfAsync(() => guest.Api.BatchAsync(new BatchRequest
        {
            Vm = guest.Name,
            Accesses = { Enumerable.Repeat(read, 1000) },
        }));

        Assert.Equal((StatusCode.ResourceExhausted, ErrorReason.LimitExceeded), (refusal.Code, refusal.Detail.Reason));
    }

    [Fact]
    public async Task Message_beyond_the_limit_ends_its_call_alone()
    {
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Limits.MessageBytesMax = 128 << 10;
            options.Limits.MemoryAccessBytesMax = 64 << 10;
        });
        var guest = await Guest.CreateAsync(server.Tcp, "long");

        var error = await Assert.ThrowsAsync<RpcException>(() =>
            guest.WriteMemoryAsync(GuestMap.RamBase, ByteString.CopyFrom(new byte[256 << 10])));

        var refusal = Refusal.Of(error);
        Assert.Equal((StatusCode.ResourceExhausted, ErrorReason.LimitExceeded), (refusal.Code, refusal.Detail.Reason));
        Assert.Contains("131072", refusal.Detail.Accepted, StringComparison.Ordinal);
        await guest.WriteMemoryAsync(GuestMap.RamBase, ByteString.CopyFrom(new byte[64 << 10]));
    }

    private static Expected Exceeded(string field, string accepted) =>
        new(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, field) { Accepted = accepted };
}
