using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Batches;

/// <summary>A batch whose register writes have much to do does not keep others out of its VM to the end.</summary>
public class LongBatchTests
{
    private const ulong Mark = GuestMap.DataArea;
    private const ulong OwnRegion = GuestMap.RamBase + GuestMap.RamSizeBytes;

    // Each switches LPIs off and on again with 57,344 pending: a millisecond or several.
    private const int PairsOfManySeconds = 4_000;
    private const int PairsOfSomeTime = 50;

    [Fact]
    public async Task Pause_comes_into_a_long_batch_and_the_rest_of_it_waits()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp, "paused");
        var batch = guest.Api.BatchAsync(Batch(guest, PairsOfManySeconds));
        await UntilBegunAsync(guest);

        var paused = await guest.Api.PauseAsync(guest.Name);

        Assert.Equal(VmState.Paused, paused.State);
        Assert.False(batch.IsCompleted);
        await guest.Api.DeleteVmAsync(guest.Name);
        var refusal = await Refusal.OfAsync(() => batch);
        Assert.Equal((StatusCode.NotFound, ErrorReason.VmNotFound), (refusal.Code, refusal.Detail.Reason));
    }

    [Fact]
    public async Task Memory_that_goes_during_a_long_batch_fails_the_accesses_to_it_alone()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp, "shrinking");
        var request = Batch(guest, PairsOfSomeTime);
        request.Accesses.Add(new Access { ReadMemory = new ReadMemoryAccess { Address = OwnRegion, LengthBytes = 4 } });
        request.Accesses.Add(Write(OwnRegion, [1]));
        request.Accesses.Add(new Access { Read = new ReadAccess { Target = Guest.Register("GICR_CTLR") } });
        var batch = guest.Api.BatchAsync(request);
        await UntilBegunAsync(guest);

        await guest.Api.UpdateMemoryAsync(new UpdateMemoryRequest { Name = guest.Name, RemoveBases = { OwnRegion } });

        var results = (await batch).Results;
        Assert.Equal(request.Accesses.Count, results.Count);
        Assert.Equal(ErrorReason.NoMemory, results[^3].Error.Reason);
        Assert.Contains("0x50000000", results[^3].Error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorReason.NoMemory, results[^2].Error.Reason);
        Assert.Equal(1u, results[^1].Value & 1);
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
    }

    [Fact]
    public async Task Call_that_ends_during_a_long_batch_makes_no_further_access()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp, "cancelled");
        var request = Batch(guest, PairsOfManySeconds);
        request.Accesses.Add(Write(Mark, [2]));
        using var call = new CancellationTokenSource();
        var batch = guest.Api.Registers.BatchAsync(request, cancellationToken: call.Token);
        await UntilBegunAsync(guest);

        await call.CancelAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => batch.WithinLimit());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        // The server notices on its own time; a batch that went on would be at its end long before the limit.
        await guest.Api.PauseAsync(guest.Name);
        Assert.Equal(1, (await guest.ReadMemoryAsync(Mark, 1))[0]);
    }

    [Fact]
    public async Task Short_batch_with_such_writes_is_one_entry()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp, "short");

        var response = await guest.Api.BatchAsync(Batch(guest, pairCount: 2));

        Assert.All(response.Results, result => Assert.NotNull(result.Done));
        Assert.Equal(1u, (await guest.ReadAsync("GICR_CTLR")) & 1);
    }

    /// <summary>LPIs are disabled, and the pending table of vCPU 0 holds all of them.</summary>
    private static async Task<Guest> BootAsync(Api api, string id)
    {
        var spec = GuestMap.Spec();
        spec.MemoryRegions.Add(GuestMap.Region(OwnRegion, 0x1_0000));
        var guest = await Guest.CreateAsync(api, id, spec);
        await guest.SetUpLpisAsync(vcpuCount: 1);
        await guest.WriteAsync("GICR_CTLR", 0);
        var ones = new byte[0x2000];
        ones.AsSpan().Fill(0xFF);
        await guest.WriteMemoryAsync(GuestMap.PendingTable(0), ByteString.CopyFrom(ones));
        return guest;
    }

    /// <summary>The mark, and LPIs enabled and disabled in turns; enabled at the end.</summary>
    private static BatchRequest Batch(Guest guest, int pairCount)
    {
        var request = new BatchRequest { Vm = guest.Name, Accesses = { Write(Mark, [1]) } };
        for (var pair = 0; pair < pairCount; pair++)
        {
            request.Accesses.Add(Switch(0));
            request.Accesses.Add(Switch(1));
        }

        return request;
    }

    private static Access Switch(ulong enableLpis) => new()
    {
        Write = new WriteAccess { Target = Guest.Register("GICR_CTLR"), Value = enableLpis },
    };

    private static Access Write(ulong address, ReadOnlySpan<byte> data) => new()
    {
        WriteMemory = new WriteMemoryAccess { Address = address, Data = ByteString.CopyFrom(data) },
    };

    private static async Task UntilBegunAsync(Guest guest)
    {
        while ((await guest.ReadMemoryAsync(Mark, 1))[0] != 1)
        {
            await Task.Yield();
        }
    }
}
