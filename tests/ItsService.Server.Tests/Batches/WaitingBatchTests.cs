using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Batches;

/// <summary>A batch that waits keeps its own bytes, whatever batches come and go meanwhile.</summary>
public class WaitingBatchTests
{
    private const int LengthBytes = 5000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Memory_is_written_as_it_was_sent_after_many_other_batches()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "waits");
        var other = await Guest.CreateAsync(server.Tcp, "busy");
        await guest.Api.PauseAsync(guest.Name);
        var random = new Random(41);

        var first = Random(random);
        var second = Random(random);
        var ended = Start(guest, Write(guest, 0, Random(random)), DateTime.UtcNow.AddMilliseconds(300));
        var waiting = Start(guest, Write(guest, 1, first));
        await SendManyAsync(other, random);
        var error = await Assert.ThrowsAsync<RpcException>(() => ended.WithinLimit());
        var waitingToo = Start(guest, Write(guest, 2, second));
        await server.Requests.UntilAsync(2);
        await SendManyAsync(other, random);
        Assert.False(waiting.IsCompleted || waitingToo.IsCompleted, "a batch to a Paused VM ended");
        await guest.Api.ResumeAsync(guest.Name);
        await Task.WhenAll(waiting, waitingToo).WithinLimit();

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Equal(new byte[LengthBytes], await ReadAsync(guest, 0));
        Assert.Equal(first, await ReadAsync(guest, 1));
        Assert.Equal(second, await ReadAsync(guest, 2));
        Assert.Equal((await waiting).Results, (await waitingToo).Results);
    }

    // Batches of the same size, which use the same buffers: some are made, some are refused, some are malformed.
    private static async Task SendManyAsync(Guest other, Random random)
    {
        for (var round = 0; round < 6; round++)
        {
            var batches = Enumerable.Range(0, 3).Select(place => Write(other, (uint)place, Random(random))).ToArray();
            var refused = Write(other, 3, Random(random));
            refused.Accesses.Add(new Access());
            var malformed = batches[0].ToByteArray()[..^1];

            var answers = batches.Select(batch => Start(other, batch)).ToArray();
            var refusal = other.Api.RefusalAsync("Batch", refused.ToByteArray());
            await other.Api.RefusalAsync("Batch", malformed);
            await Task.WhenAll(answers).WithinLimit();

            Assert.Equal(StatusCode.InvalidArgument, (await refusal).StatusCode);
            for (var place = 0; place < batches.Length; place++)
            {
                Assert.Equal(
                    batches[place].Accesses[0].WriteMemory.Data.ToByteArray(), await ReadAsync(other, (uint)place));
            }
        }
    }

    private static Task<BatchResponse> Start(Guest guest, BatchRequest request, DateTime? deadline = null) =>
        guest.Api.Registers.BatchAsync(request, new CallOptions(deadline: deadline, cancellationToken: Cancellation))
            .ResponseAsync;

    private static BatchRequest Write(Guest guest, uint place, byte[] data) => new()
    {
        Vm = guest.Name,
        Accesses =
        {
            new Access
            {
                WriteMemory = new WriteMemoryAccess { Address = Address(place), Data = ByteString.CopyFrom(data) },
            },
            new Access
            {
                Read = new ReadAccess
                {
                    Target = new RegisterTarget { Address = GuestMap.ItsBase + 4 }, SizeBytes = 4,
                },
            },
        },
    };

    private static async Task<byte[]> ReadAsync(Guest guest, uint place) =>
        (await guest.ReadMemoryAsync(Address(place), LengthBytes)).ToByteArray();

    private static ulong Address(uint place) => GuestMap.DataArea + (place * 0x1_0000);

    private static byte[] Random(Random random)
    {
        var data = new byte[LengthBytes];
        random.NextBytes(data);
        return data;
    }
}
