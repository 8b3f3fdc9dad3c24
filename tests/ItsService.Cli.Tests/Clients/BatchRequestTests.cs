using Google.Protobuf;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Clients;

/// <summary>What the client sends for a batch: the bytes that the generated encoder makes.</summary>
public class BatchRequestTests
{
    private static readonly RegisterPlace Translater = RegisterPlace.At(new GuestAddress(0x0809_0040));
    private static readonly byte[] Data = [.. Enumerable.Range(0, 400).Select(place => (byte)place)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Batch_is_sent_as_the_generated_code_encodes_it()
    {
        await using var service = await RawService.StartAsync();
        await using var client = ItsClient.Connect(service.Url);
        var expected = new BatchRequest { Vm = "vms/any" };

        var batch = client.Vm("any").Batch();
        await SendAsync(service, batch, expected, FirstHalf);
        // Again as it is, with more, and with so much that no buffer of before suffices.
        await SendAsync(service, batch, expected, (_, _) => { });
        await SendAsync(service, batch, expected, SecondHalf);
        for (var round = 0; round < 10; round++)
        {
            await SendAsync(service, batch, expected, SecondHalf);
        }
    }

    [Fact]
    public async Task Batches_that_grow_by_turns_keep_to_themselves()
    {
        await using var service = await RawService.StartAsync();
        await using var client = ItsClient.Connect(service.Url);
        var (one, other) = (new BatchRequest { Vm = "vms/one" }, new BatchRequest { Vm = "vms/other" });
        var (first, second) = (client.Vm("one").Batch(), client.Vm("other").Batch());

        for (var round = 0; round < 5; round++)
        {
            await SendAsync(service, first, one, FirstHalf);
            await SendAsync(service, second, other, SecondHalf);
        }
    }

    private static async Task SendAsync(
        RawService service, AccessBatch batch, BatchRequest expected, Action<AccessBatch, BatchRequest> extend)
    {
        extend(batch, expected);
        await batch.SendAsync(Cancellation).WithinLimit();

        var (method, message) = service.Requests[^1];
        Assert.Equal("/its.v1.Registers/Batch", method);
        Assert.Equal(expected.ToByteArray(), message);
        Assert.Equal(expected.Accesses.Count, batch.Count);
    }

    private static void FirstHalf(AccessBatch batch, BatchRequest expected)
    {
        batch.Read(RegisterPlace.Named("GITS_TYPER"), AccessSize.Natural, out var typer)
            .Write(RegisterPlace.InGicd(0x84), AccessSize.Word, 0)
            .ReadSystemRegister(new VcpuIndex(0), SystemRegisterId.IccIar1, out var acknowledged)
            .WriteMemory(new GuestAddress(0x4000_0000), Data);

        Assert.Equal((expected.Accesses.Count, expected.Accesses.Count + 2), (typer.Place, acknowledged.Place));
        expected.Accesses.Add(
        [
            new Access
            {
                Read = new ReadAccess
                {
                    Target = new RegisterTarget { Named = new NamedRegister { Name = "GITS_TYPER" } },
                },
            },
            new Access
            {
                Write = new WriteAccess
                {
                    Target = new RegisterTarget
                    {
                        FrameOffset = new FrameOffset { Frame = Frame.Gicd, Offset = 0x84 },
                    },
                    SizeBytes = 4,
                },
            },
            new Access
            {
                ReadSystemRegister = new ReadSystemRegisterAccess { Target = SystemRegister(0xC660) },
            },
            new Access
            {
                WriteMemory = new WriteMemoryAccess
                {
                    Address = 0x4000_0000, Data = ByteString.CopyFrom(Data),
                },
            },
        ]);
    }

    private static void SecondHalf(AccessBatch batch, BatchRequest expected)
    {
        batch.Write(Translater, AccessSize.Word, 300, new DeviceId(0), out var message)
            .WriteSystemRegister(new VcpuIndex(1), SystemRegisterId.IccPmr, ulong.MaxValue)
            .ReadMemory(new GuestAddress(0), 4096, out var bytes)
            .WriteMemory(new GuestAddress(0), []);

        Assert.Equal((expected.Accesses.Count, expected.Accesses.Count + 2), (message.Place, bytes.Place));
        expected.Accesses.Add(
        [
            new Access
            {
                Write = new WriteAccess
                {
                    Target = new RegisterTarget { Address = 0x0809_0040 }, SizeBytes = 4, Value = 300, DeviceId = 0,
                },
            },
            new Access
            {
                WriteSystemRegister = new WriteSystemRegisterAccess
                {
                    Vcpu = 1, Target = SystemRegister(0xC230), Value = ulong.MaxValue,
                },
            },
            new Access { ReadMemory = new ReadMemoryAccess { LengthBytes = 4096 } },
            new Access { WriteMemory = new WriteMemoryAccess() },
        ]);
    }

    private static SystemRegisterTarget SystemRegister(uint encoding) => new() { Encoding = encoding };
}
