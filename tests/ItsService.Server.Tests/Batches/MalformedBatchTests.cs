using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Batches;

/// <summary>Bytes that are no message end a Batch as they end every other call, and nothing has happened.</summary>
public class MalformedBatchTests
{
    private static readonly byte[] Garbage = [0x0A, 0x7F, 0x00];

    [Fact]
    public async Task Batch_that_is_cut_short_does_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "cut");
        var expected = await MalformedAsync(server.Tcp);
        var whole = Request(guest).ToByteArray();

        var malformed = Enumerable.Range(0, whole.Length)
            .Select(length => whole[..length])
            .Where(IsMalformed)
            .ToArray();
        Assert.InRange(malformed.Length, whole.Length / 2, whole.Length);
        foreach (var request in malformed)
        {
            Assert.Equal(expected, await server.Tcp.RefusalAsync("Batch", request));
        }

        await AssertUntouchedAsync(guest);
        Assert.Equal(3, (await server.Tcp.BatchAsync(whole)).Results.Count);
        Assert.Equal("cut", (await guest.ReadMemoryAsync(GuestMap.DataArea, 3)).ToStringUtf8());
    }

    [Fact]
    public async Task Batch_with_one_malformed_access_does_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "one");
        var expected = await MalformedAsync(server.Tcp);
        var whole = Request(guest).ToByteArray();
        byte[][] accesses =
        [
            Wire.Block(2, Garbage),
            Wire.Block(2, Wire.Block(1, Garbage)),
            Wire.Block(2, Wire.Block(1, Wire.Block(1, Garbage))),
            Wire.Block(2, Wire.Block(2, Wire.Block(1, Wire.Number(1, 1)), Wire.Varint(2 << 3))),
            Wire.Block(2, Wire.Block(4, Wire.Number(1, 0, length: 11))),
            Wire.Block(2, Wire.Block(6, Wire.Number(1, 0), Wire.Tag(2, 2), Wire.Varint(ulong.MaxValue))),
            Wire.Block(2, Wire.Block(60, Garbage), Wire.Tag(9, 4)),
        ];

        foreach (var access in accesses)
        {
            Assert.Equal(expected, await server.Tcp.RefusalAsync("Batch", [.. whole, .. access]));
            Assert.Equal(expected, await server.Tcp.RefusalAsync("Batch", [.. whole, .. access, .. whole]));
        }

        await AssertUntouchedAsync(guest);
    }

    [Fact]
    public async Task Malformed_access_comes_before_what_else_is_wrong()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.BatchAccessesMax = 3);
        var guest = await Guest.CreateAsync(server.Tcp, "many");
        var expected = await MalformedAsync(server.Tcp);
        var malformed = Wire.Block(2, Wire.Block(1, Garbage));
        var whole = Request(guest).ToByteArray();

        Assert.Equal(expected, await server.Tcp.RefusalAsync("Batch", [.. Wire.Text(1, "vms/nobody"), .. malformed]));
        Assert.Equal(expected, await server.Tcp.RefusalAsync("Batch", malformed));
        Assert.Equal(expected, await server.Tcp.RefusalAsync("Batch", [.. whole, .. malformed]));
        Assert.Equal(
            expected,
            await server.Tcp.RefusalAsync("Batch", [.. Wire.Text(1, guest.Name), .. Wire.Block(2), .. malformed]));
        await AssertUntouchedAsync(guest);
    }

    [Fact]
    public async Task Garbage_is_refused_and_the_server_goes_on()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "garbage");
        var expected = await MalformedAsync(server.Tcp);
        var random = new Random(31);

        for (var made = 0; made < 120; made++)
        {
            var garbage = new byte[random.Next(200)];
            random.NextBytes(garbage);
            var status = await server.Tcp.RefusalAsync("Batch", garbage);

            // A message that is one by chance names no VM.
            Assert.Equal(IsMalformed(garbage) ? expected.StatusCode : StatusCode.InvalidArgument, status.StatusCode);
        }

        await AssertUntouchedAsync(guest);
        Assert.Equal(3, (await server.Tcp.BatchAsync(Request(guest).ToByteArray())).Results.Count);
    }

    [Fact]
    public async Task Malformed_batches_between_others_do_not_mix_their_bytes()
    {
        const int Rounds = 20;
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "mixed");

        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            var random = new Random(writer);
            var address = GuestMap.DataArea + ((ulong)writer << 16);
            for (var round = 0; round < Rounds; round++)
            {
                var data = new byte[random.Next(1, 3000)];
                random.NextBytes(data);
                var request = WriteAndRead(guest, address, data).ToByteArray();
                await server.Tcp.RefusalAsync("Batch", request[..^1]);
                var results = (await server.Tcp.BatchAsync(request)).Results;
                Assert.Equal(data, results[1].Data.ToByteArray());
            }
        }, TestContext.Current.CancellationToken));

        await Task.WhenAll(writers).WithinLimit();
    }

    private static async Task<Status> MalformedAsync(Api api)
    {
        var status = await api.RefusalAsync("ListRegisters", Garbage);
        Assert.NotEqual(StatusCode.NotFound, status.StatusCode);
        return status;
    }

    private static bool IsMalformed(byte[] request)
    {
        try
        {
            BatchRequest.Parser.ParseFrom(request);
            return false;
        }
        catch (InvalidProtocolBufferException)
        {
            return true;
        }
    }

    private static BatchRequest Request(Guest guest)
    {
        var request = WriteAndRead(guest, GuestMap.DataArea, "cut"u8.ToArray());
        request.Accesses.Add(new Access
        {
            WriteSystemRegister = new WriteSystemRegisterAccess
            {
                Target = new SystemRegisterTarget { Encoding = 0xC230 },
                Value = 0x50,
            },
        });
        return request;
    }

    private static BatchRequest WriteAndRead(Guest guest, ulong address, byte[] data) => new()
    {
        Vm = guest.Name,
        Accesses =
        {
            new Access
            {
                WriteMemory = new WriteMemoryAccess { Address = address, Data = ByteString.CopyFrom(data) },
            },
            new Access { ReadMemory = new ReadMemoryAccess { Address = address, LengthBytes = (ulong)data.Length } },
        },
    };

    private static async Task AssertUntouchedAsync(Guest guest)
    {
        Assert.Equal(new byte[3], (await guest.ReadMemoryAsync(GuestMap.DataArea, 3)).ToByteArray());
        Assert.Equal(0u, (await guest.ReadSystemAsync(0, "ICC_PMR_EL1")).Value);
    }
}
