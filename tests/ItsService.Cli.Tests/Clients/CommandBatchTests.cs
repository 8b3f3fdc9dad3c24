using System.Buffers.Binary;
using Grpc.Core;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Clients;

public sealed class CommandBatchTests
{
    private const ulong FirstOffset = 0xA0;

    private static readonly DeviceId Other = new(0x99);
    private static readonly CollectionId Collection = new(1);
    private static readonly RdBase Target = RdBase.Of(new VcpuIndex(1));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Negative_number_of_EventID_bits_is_refused_before_any_call()
    {
        await using var server = await TestServer.StartAsync();
        var batch = server.Client.Vm("vms/none").Commands(new ItsIndex(0));

        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Mapd(Other, new GuestAddress(0), eventIdBits: -1));
        Assert.Equal(0, batch.Count);
    }

    [Fact]
    public async Task Every_command_has_its_slot()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var batch = vm.Commands(new ItsIndex(0))
            .Mapd(Other, new GuestAddress(0x4007_8000), eventIdBits: 3)
            .Mapc(Collection, Target)
            .Mapti(Other, new EventId(2), new IntId(8200), Collection)
            .Mapi(Other, new EventId(3), Collection)
            .Movi(Other, new EventId(2), new CollectionId(0))
            .Movall(Target, RdBase.Of(new VcpuIndex(0)))
            .Discard(Other, new EventId(2))
            .Inv(Other, new EventId(4))
            .Invall(Collection)
            .Int(Other, new EventId(5))
            .Clear(Other, new EventId(6))
            .Sync(Target)
            .MapcUnmap(Collection)
            .MapdUnmap(Other)
            .Raw(1, 2, 3, 4)
            .Raw([.. Enumerable.Range(0, 32).Select(value => (byte)value)])
            .Mapc(Collection, RdBase.At(new GuestAddress(0x80A_0000)));

        var results = await batch.SubmitAsync(Cancellation).WithinLimit();

        ulong[] expected =
        [
            0x0000_0099_0000_0008, 2, 0x8000_0000_4007_8000, 0,
            0x09, 0, 0x8000_0000_0001_0001, 0,
            0x0000_0099_0000_000A, 0x0000_2008_0000_0002, 1, 0,
            0x0000_0099_0000_000B, 3, 1, 0,
            0x0000_0099_0000_0001, 2, 0, 0,
            0x0E, 0, 0x1_0000, 0,
            0x0000_0099_0000_000F, 2, 0, 0,
            0x0000_0099_0000_000C, 4, 0, 0,
            0x0D, 0, 1, 0,
            0x0000_0099_0000_0003, 5, 0, 0,
            0x0000_0099_0000_0004, 6, 0, 0,
            0x05, 0, 0x1_0000, 0,
            0x09, 0, 1, 0,
            0x0000_0099_0000_0008, 0, 0, 0,
            1, 2, 3, 4,
            0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908, 0x1716_1514_1312_1110, 0x1F1E_1D1C_1B1A_1918,
            0x09, 0, 0x8000_080A_0000_0001, 0,
        ];
        Assert.Equal(17, batch.Count);
        Assert.Equal(17, results.All.Count);
        Assert.Equal(expected, await SlotsAsync(vm, batch.Count));
    }

    [Fact]
    public async Task Commands_not_executed_are_listed_with_their_places()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");

        var results = await vm.Commands(new ItsIndex(0))
            .Int(Guest.Device, new EventId(1))
            .Int(Other, new EventId(0))
            .Sync(Target)
            .Inv(Guest.Device, new EventId(9))
            .SubmitAsync(Cancellation).WithinLimit();

        Assert.Equal(4, results.All.Count);
        Assert.Equal([1, 3], results.NotExecuted.Select(command => command.Place));
        Assert.Equal(
            ["INT_UNMAPPED_DEVICE", "INV_UNMAPPED_INTERRUPT"],
            results.NotExecuted.Select(command => command.Result.ErrorName));
        Assert.Equal(CommandOutcome.Failed, results.NotExecuted[0].Result.Outcome);
        Assert.Equal((1u, true), results.ChangedLines.Select(line => (line.Vcpu, line.IrqAsserted)).Single());
    }

    [Fact]
    public async Task Refusal_names_the_command_and_its_field()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var batch = vm.Commands(new ItsIndex(0))
            .Sync(Target)
            .Mapti(Other, new EventId(0), new IntId(8192), new CollectionId(65_536));

        var refusal = await Assert.ThrowsAsync<ItsServiceException>(
            () => batch.SubmitAsync(Cancellation).WithinLimit());

        Assert.Equal((StatusCode.InvalidArgument, ErrorReason.OutOfRange), (refusal.StatusCode, refusal.Reason));
        Assert.Equal(
            "commands[1].mapti.collection_id: 65536 is out of range; accepted: 0..65535", refusal.Message);
        Assert.Equal(FirstOffset, await WriterAsync(vm));
    }

    [Fact]
    public async Task Queue_that_cannot_take_them_refuses_them()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "guest");

        var refusal = await Assert.ThrowsAsync<ItsServiceException>(
            () => vm.Commands(new ItsIndex(0)).Sync(Target).SubmitAsync(Cancellation).WithinLimit());

        Assert.Equal(
            [ErrorReason.QueueNotValid, ErrorReason.ItsDisabled], refusal.Problems.Select(problem => problem.Reason));
    }

    [Fact]
    public async Task No_commands_make_no_call()
    {
        await using var client = ItsClient.Connect(Nobody.FreePort());

        var results = await client.Vm("nobody").Commands(new ItsIndex(0)).SubmitAsync(Cancellation).WithinLimit();

        Assert.Empty(results.All);
        Assert.Empty(results.NotExecuted);
        Assert.Empty(results.ChangedLines);
    }

    private static async Task<ulong> WriterAsync(VmHandle vm) =>
        (await vm.ReadRegisterAsync(RegisterPlace.Named("GITS_CWRITER"), Cancellation).WithinLimit()).Value;

    private static async Task<ulong[]> SlotsAsync(VmHandle vm, int count)
    {
        var bytes = await vm.ReadMemoryAsync(Guest.Queue + FirstOffset, count * 32, Cancellation).WithinLimit();
        return [.. bytes.Chunk(8).Select(doubleword => BinaryPrimitives.ReadUInt64LittleEndian(doubleword))];
    }
}
