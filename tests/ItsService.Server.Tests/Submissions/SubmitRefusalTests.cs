using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Submissions;

/// <summary>Commands that do not go into a queue, and why.</summary>
public class SubmitRefusalTests
{
    private const StatusCode Invalid = StatusCode.InvalidArgument;
    private const string Queue = "vms/guest/its/0";
    private const string AcceptedItt = "a multiple of 0x100, at most 0xFFFFFFFFFFF00";
    private const string AcceptedFrame = "a multiple of 0x10000, at most 0xFFFFFFFFF0000";

    private static readonly Dictionary<string, (SubmittedCommand Command, ErrorReason Reason, string Field,
        string Accepted)> Malformed = new()
        {
            ["no command"] = (new(), ErrorReason.Required, "commands[1]", "raw"),
            ["a raw slot of 31 bytes"] = (
            new() { Raw = ByteString.CopyFrom(new byte[31]) }, ErrorReason.OutOfRange, "commands[1].raw", "32 bytes"),
            ["a raw slot of 33 bytes"] = (
            new() { Raw = ByteString.CopyFrom(new byte[33]) }, ErrorReason.OutOfRange, "commands[1].raw", "32 bytes"),
            ["an empty raw slot"] = (
            new() { Raw = ByteString.Empty }, ErrorReason.OutOfRange, "commands[1].raw", "32 bytes"),
            ["MAPD without EventID bits"] = (
            new() { Mapd = new() }, ErrorReason.OutOfRange, "commands[1].mapd.event_id_bits", "1..32"),
            ["MAPD of 33 EventID bits"] = (
            new() { Mapd = new() { EventIdBits = 33 } },
            ErrorReason.OutOfRange, "commands[1].mapd.event_id_bits", "1..32"),
            ["MAPD that unmaps 33 EventID bits"] = (
            new() { Mapd = new() { EventIdBits = 33, Valid = false } },
            ErrorReason.OutOfRange, "commands[1].mapd.event_id_bits", "0..32"),
            ["MAPD of a misaligned table"] = (
            new() { Mapd = new() { EventIdBits = 1, IttAddress = 0x4000_0080 } },
            ErrorReason.Misaligned, "commands[1].mapd.itt_address", AcceptedItt),
            ["MAPD of a table beyond 52 bits"] = (
            new() { Mapd = new() { EventIdBits = 1, IttAddress = 1UL << 52 } },
            ErrorReason.OutOfRange, "commands[1].mapd.itt_address", AcceptedItt),
            ["MAPC of a collection beyond 16 bits"] = (
            new() { Mapc = new() { CollectionId = 65_536 } },
            ErrorReason.OutOfRange, "commands[1].mapc.collection_id", "0..65535"),
            ["MAPC to a number beyond 36 bits"] = (
            new() { Mapc = new() { RdBase = 1UL << 36 } },
            ErrorReason.OutOfRange, "commands[1].mapc.rd_base", "0..0xFFFFFFFFF"),
            ["MAPTI of a collection beyond 16 bits"] = (
            new() { Mapti = new() { CollectionId = 65_536 } },
            ErrorReason.OutOfRange, "commands[1].mapti.collection_id", "0..65535"),
            ["MAPI of a collection beyond 16 bits"] = (
            new() { Mapi = new() { CollectionId = uint.MaxValue } },
            ErrorReason.OutOfRange, "commands[1].mapi.collection_id", "0..65535"),
            ["MOVI to a collection beyond 16 bits"] = (
            new() { Movi = new() { CollectionId = 65_536 } },
            ErrorReason.OutOfRange, "commands[1].movi.collection_id", "0..65535"),
            ["INVALL of a collection beyond 16 bits"] = (
            new() { Invall = new() { CollectionId = 65_536 } },
            ErrorReason.OutOfRange, "commands[1].invall.collection_id", "0..65535"),
            ["MOVALL from a number beyond 36 bits"] = (
            new() { Movall = new() { RdBase1 = 1UL << 36 } },
            ErrorReason.OutOfRange, "commands[1].movall.rd_base1", "0..0xFFFFFFFFF"),
            ["MOVALL to a number beyond 36 bits"] = (
            new() { Movall = new() { RdBase2 = ulong.MaxValue } },
            ErrorReason.OutOfRange, "commands[1].movall.rd_base2", "0..0xFFFFFFFFF"),
            ["SYNC with a number beyond 36 bits"] = (
            new() { Sync = new() { RdBase = 1UL << 36 } },
            ErrorReason.OutOfRange, "commands[1].sync.rd_base", "0..0xFFFFFFFFF"),
        };

    public static TheoryData<string> MalformedNames => [.. Malformed.Keys];

    [Theory]
    [MemberData(nameof(MalformedNames))]
    public async Task Number_that_does_not_fit_is_named_and_nothing_changes(string name)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        var (command, reason, field, accepted) = Malformed[name];

        await AssertRefusedAsync(
            guest,
            [ItsCommand.Sync(0).Raw, command],
            new Expected(Invalid, reason, field) { Accepted = accepted, Resource = "vms/guest" });
    }

    [Theory]
    [InlineData(0x1_0080UL, ErrorReason.Misaligned)]
    [InlineData(1UL, ErrorReason.Misaligned)]
    [InlineData(1UL << 52, ErrorReason.OutOfRange)]
    public async Task Target_that_is_no_frame_is_refused_where_it_is_an_address(ulong target, ErrorReason reason)
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Profile = Profile.Custom;
        spec.Custom = new ProfileOverrides { PhysicalTargetAddresses = true };
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await guest.SetUpItsAsync();

        await AssertRefusedAsync(
            guest,
            [new SubmittedCommand { Sync = new() { RdBase = target } }],
            new Expected(Invalid, reason, "commands[0].sync.rd_base")
            {
                Accepted = AcceptedFrame,
                Resource = "vms/guest",
            });
    }

    [Fact]
    public async Task All_that_is_wrong_is_told_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");

        var refusal = await Refusal.OfAsync(() => guest.Api.SubmitAsync(guest.Submission(
            [
                new() { Mapc = new() { CollectionId = 70_000, RdBase = ulong.MaxValue } },
                new() { Mapd = new() { IttAddress = 1 } },
            ],
            its: 4)));

        Assert.Equal(
            [
                "its", "commands[0].mapc.rd_base", "commands[0].mapc.collection_id",
                "commands[1].mapd.event_id_bits", "commands[1].mapd.itt_address",
            ],
            refusal.Details.Select(detail => detail.Field));
    }

    [Fact]
    public async Task Vm_and_its_must_be_there()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest", itsCount: 2);

        var noVm = await Refusal.OfAsync(() => server.Tcp.SubmitAsync(
            new SubmitRequest { Vm = "vms/nobody", Commands = { ItsCommand.Sync(0).Raw } }));
        var noIts = await Refusal.OfAsync(() => guest.Api.SubmitAsync(
            guest.Submission([ItsCommand.Sync(0).Raw], its: uint.MaxValue)));

        new Expected(StatusCode.NotFound, ErrorReason.VmNotFound, "vm") { Resource = "vms/nobody" }.AssertMet(noVm);
        new Expected(Invalid, ErrorReason.OutOfRange, "its") { Resource = guest.Name, Accepted = "0..1" }
            .AssertMet(noIts);
    }

    [Theory]
    [InlineData(0, ErrorReason.Required)]
    [InlineData(32_768, ErrorReason.OutOfRange)]
    [InlineData(1_000_000, ErrorReason.OutOfRange)]
    public async Task Number_of_commands_that_no_queue_holds_is_refused(int count, ErrorReason reason)
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.MessageBytesMax = 64 << 20);
        var guest = await Guest.BootAsync(server.Tcp, "guest", queuePages: 256);

        await AssertRefusedAsync(
            guest,
            Enumerable.Repeat(new SubmittedCommand { Sync = new() }, count),
            new Expected(Invalid, reason, "commands") { Accepted = "1..32767", Resource = "vms/guest" });
    }

    [Fact]
    public async Task Number_of_commands_whose_results_are_no_message_is_refused()
    {
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Limits.MessageBytesMax = 64 << 10;
            options.Limits.MsiBatchRecordsMax = 1024;
            options.Limits.MemoryAccessBytesMax = 32 << 10;
        });
        var guest = await Guest.BootWithoutLpisAsync(server.Tcp, "guest");

        await AssertRefusedAsync(
            guest,
            Enumerable.Repeat(new SubmittedCommand { Sync = new() }, 769),
            new Expected(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "commands")
            {
                Accepted = "at most 768",
                Resource = "vms/guest",
            });
        await guest.SubmitAsync(Enumerable.Repeat(new SubmittedCommand { Sync = new() }, 768));
    }

    [Fact]
    public async Task Guest_that_has_set_up_nothing_is_told_all_that_lacks()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");

        var refusal = await Refusal.OfAsync(() => guest.SubmitAsync(ItsCommand.Sync(0).Raw));

        Assert.Equal(StatusCode.FailedPrecondition, refusal.Code);
        Assert.Equal(
            [(ErrorReason.QueueNotValid, Queue), (ErrorReason.ItsDisabled, Queue)],
            refusal.Details.Select(detail => (detail.Reason, detail.Resource)));
    }

    [Fact]
    public async Task Disabled_its_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.WriteAsync("GITS_CTLR", 0);

        await AssertRefusedAsync(guest, 1, StatusCode.FailedPrecondition, ErrorReason.ItsDisabled);
    }

    [Fact]
    public async Task Write_pointer_outside_the_queue_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Profile = Profile.Qemu;
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await guest.SetUpItsAsync(queuePages: 1);
        await guest.WriteAsync("GITS_CWRITER", 0x1000);

        var refusal = await AssertRefusedAsync(
            guest, 1, StatusCode.FailedPrecondition, ErrorReason.QueuePointerOutOfRange);

        Assert.Contains("0x1000", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stalled_queue_is_refused_with_the_place_of_the_stall()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.CommandErrorPolicy = CommandErrorPolicy.Stall;
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await guest.SetUpItsAsync();
        await guest.SubmitAsync(ItsCommand.Sync(0).Raw, ItsCommand.Interrupt(1, 1).Raw);

        var refusal = await AssertRefusedAsync(guest, 1, StatusCode.FailedPrecondition, ErrorReason.QueueStalled);

        Assert.Contains("offset 0x20", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_that_is_too_small_says_how_much_it_holds()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest", queuePages: 1);

        var refusal = await AssertRefusedAsync(
            guest, 128, StatusCode.FailedPrecondition, ErrorReason.QueueTooSmall, "commands", "1..127");

        Assert.Contains("128 commands", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_that_is_full_says_how_many_slots_are_free()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 1);
        var guest = await SlowQueue.BootAsync(server.Tcp, "guest", queuePages: 16);
        await guest.WriteAsync("GITS_CWRITER", await guest.PlaceAsync(SlowQueue.Commands(2000)));

        var refusal = await Refusal.OfAsync(() => guest.SubmitAsync(
            Enumerable.Repeat(ItsCommand.Sync(0).Raw, 2000)));

        Assert.Equal((StatusCode.ResourceExhausted, ErrorReason.QueueFull), (refusal.Code, refusal.Detail.Reason));
        Assert.Equal(("commands", Queue), (refusal.Detail.Field, refusal.Detail.Resource));
        Assert.Matches("^2000 commands for [0-9]+ free slots of 2047$", refusal.Detail.Message);
        Assert.Matches("^at most [0-9]+ at present$", refusal.Detail.Accepted);
    }

    [Fact]
    public async Task Queue_in_memory_that_is_gone_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.Api.UpdateMemoryAsync(
            new UpdateMemoryRequest { Name = guest.Name, RemoveBases = { GuestMap.RamBase } });

        var refusal = await AssertRefusedAsync(guest, 1, StatusCode.OutOfRange, ErrorReason.NoMemory);

        Assert.Contains($"0x{GuestMap.Queue(0) + 0x80:X}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_in_read_only_memory_is_refused()
    {
        const ulong Rom = 0x2000_0000;
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.MemoryRegions.Add(GuestMap.Region(Rom, 0x1_0000, isReadOnly: true));
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await guest.SetUpItsAsync();
        await guest.WriteAsync("GITS_CTLR", 0);
        await guest.WriteAsync("GITS_CBASER", (1UL << 63) | Rom);
        await guest.WriteAsync("GITS_CTLR", 1);

        await AssertRefusedAsync(guest, 1, StatusCode.FailedPrecondition, ErrorReason.ReadOnlyMemory);
    }

    [Fact]
    public async Task Memory_that_is_used_up_is_refused()
    {
        await using var server = await TestServer.StartAsync(
            options => options.Limits.HostedMemoryBytesPerVmMax = 64 << 10);
        var guest = await Guest.BootWithoutLpisAsync(server.Tcp, "guest");
        await guest.WriteMemoryAsync(
            GuestMap.DataArea, ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, 64 << 10)]));

        await AssertRefusedAsync(
            guest, 1, StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "commands", "65536 bytes");
    }

    private static Task<Refusal> AssertRefusedAsync(
        Guest guest, int count, StatusCode code, ErrorReason reason, string field = "", string accepted = "") =>
        AssertRefusedAsync(
            guest,
            Enumerable.Repeat(ItsCommand.MapCollection(77, 0).Raw, count),
            new Expected(code, reason, field) { Accepted = accepted, Resource = Queue });

    private static async Task<Refusal> AssertRefusedAsync(
        Guest guest, IEnumerable<SubmittedCommand> commands, Expected expected)
    {
        var (writer, reader) = (await guest.ReadAsync("GITS_CWRITER"), await guest.ReadAsync("GITS_CREADR"));
        var before = await guest.DumpAsync();

        var refusal = await Refusal.OfAsync(() => guest.SubmitAsync(commands));

        expected.AssertMet(refusal);
        Assert.Equal(writer, await guest.ReadAsync("GITS_CWRITER"));
        Assert.Equal(reader, await guest.ReadAsync("GITS_CREADR"));
        Assert.Equal(before, await guest.DumpAsync());
        return refusal;
    }
}
