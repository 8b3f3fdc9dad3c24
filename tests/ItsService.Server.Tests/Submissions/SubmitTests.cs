using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Submissions;

/// <summary>Commands that go into a guest's queue and are executed.</summary>
public class SubmitTests
{
    private const uint Device = 2;
    private const uint Lpi = 8195;

    // Each typed command beside the doublewords of its slot, with GITS_TYPER.PTA = 0.
    private static readonly Dictionary<string, (SubmittedCommand Typed, ItsCommand Slot)> Typed = new()
    {
        ["MAPD"] = (
            new() { Mapd = new() { DeviceId = 2, IttAddress = 0x4008_0000, EventIdBits = 8 } },
            new(0x0000_0002_0000_0008, 7, 0x8000_0000_4008_0000)),
        ["MAPD with V=1 and the largest numbers"] = (
            new()
            {
                Mapd = new()
                {
                    DeviceId = uint.MaxValue,
                    IttAddress = 0xF_FFFF_FFFF_FF00,
                    EventIdBits = 32,
                    Valid = true,
                },
            },
            new(0xFFFF_FFFF_0000_0008, 31, 0x800F_FFFF_FFFF_FF00)),
        ["MAPD with V=0"] = (
            new() { Mapd = new() { DeviceId = 2, Valid = false } }, new(0x0000_0002_0000_0008, 0, 0)),
        ["MAPD with V=0 and everything else"] = (
            new() { Mapd = new() { DeviceId = 2, IttAddress = 0x4008_0000, EventIdBits = 8, Valid = false } },
            new(0x0000_0002_0000_0008, 7, 0x4008_0000)),
        ["MAPC"] = (
            new() { Mapc = new() { CollectionId = 3, RdBase = 3 } }, new(0x09, 0, 0x8000_0000_0003_0003)),
        ["MAPC with the largest numbers"] = (
            new() { Mapc = new() { CollectionId = 0xFFFF, RdBase = 0xF_FFFF_FFFF } },
            new(0x09, 0, 0x800F_FFFF_FFFF_FFFF)),
        ["MAPC with V=0"] = (
            new() { Mapc = new() { CollectionId = 3, Valid = false } }, new(0x09, 0, 0x0003)),
        ["MAPTI"] = (
            new() { Mapti = new() { DeviceId = 2, EventId = 20, IntId = 8195, CollectionId = 3 } },
            new(0x0000_0002_0000_000A, 0x0000_2003_0000_0014, 3)),
        ["MAPTI with the largest numbers"] = (
            new()
            {
                Mapti = new()
                {
                    DeviceId = uint.MaxValue,
                    EventId = uint.MaxValue,
                    IntId = uint.MaxValue,
                    CollectionId = 0xFFFF,
                },
            },
            new(0xFFFF_FFFF_0000_000A, ulong.MaxValue, 0xFFFF)),
        ["MAPI"] = (
            new() { Mapi = new() { DeviceId = 2, EventId = 8192, CollectionId = 3 } },
            new(0x0000_0002_0000_000B, 0x2000, 3)),
        ["MOVI"] = (
            new() { Movi = new() { DeviceId = 2, EventId = 20, CollectionId = 3 } },
            new(0x0000_0002_0000_0001, 0x14, 3)),
        ["MOVALL"] = (
            new() { Movall = new() { RdBase1 = 1, RdBase2 = 2 } }, new(0x0E, 0, 0x1_0000, 0x2_0000)),
        ["DISCARD"] = (
            new() { Discard = new() { DeviceId = 2, EventId = 20 } }, new(0x0000_0002_0000_000F, 0x14, 0)),
        ["INV"] = (new() { Inv = new() { DeviceId = 2, EventId = 20 } }, new(0x0000_0002_0000_000C, 0x14, 0)),
        ["INVALL"] = (new() { Invall = new() { CollectionId = 3 } }, new(0x0D, 0, 3)),
        ["INT"] = (new() { Int = new() { DeviceId = 2, EventId = 20 } }, new(0x0000_0002_0000_0003, 0x14, 0)),
        ["CLEAR"] = (new() { Clear = new() { DeviceId = 2, EventId = 20 } }, new(0x0000_0002_0000_0004, 0x14, 0)),
        ["SYNC"] = (new() { Sync = new() { RdBase = 3 } }, new(0x05, 0, 0x3_0000)),
        ["a command of zeros alone"] = (new() { Raw = ByteString.CopyFrom(new byte[32]) }, new(0, 0, 0)),
        ["a command of ones alone"] = (
            new() { Raw = ByteString.CopyFrom([.. Enumerable.Repeat((byte)0xFF, 32)]) },
            new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue)),
    };

    public static TheoryData<string> TypedNames => [.. Typed.Keys];

    [Theory]
    [MemberData(nameof(TypedNames))]
    public async Task Command_is_laid_out_as_the_architecture_says(string name)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        var offset = await guest.ReadAsync("GITS_CWRITER");
        var (command, slot) = Typed[name];

        var result = Assert.Single((await guest.SubmitAsync(command)).Results);

        Assert.Equal(offset, result.QueueOffset);
        Assert.Equal(
            GuestMap.Doublewords(slot.Doublewords), await guest.ReadMemoryAsync(GuestMap.Queue(0) + offset, 32));
        Assert.Equal(offset + 32, await guest.ReadAsync("GITS_CWRITER"));
        Assert.Equal(offset + 32, await guest.ReadAsync("GITS_CREADR"));
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Typed_and_raw_commands_map_an_event_and_pend_it(Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server[transport], "guest");
        var before = (await guest.DescribeAsync()).Lines[1];

        var response = await guest.SubmitAsync(
            new SubmittedCommand
            {
                Mapd = new() { DeviceId = Device, IttAddress = GuestMap.TranslationTable(0, Device), EventIdBits = 4 },
            },
            ItsCommand.MapEvent(Device, 5, Lpi, collection: 1).Raw,
            new SubmittedCommand { Int = new() { DeviceId = Device, EventId = 5 } },
            new SubmittedCommand { Sync = new() { RdBase = 1 } });

        Assert.Equal(
            Enumerable.Range(4, 4).Select(place => new CommandResult
            {
                Outcome = CommandOutcome.Executed,
                QueueOffset = (uint)place * 32,
            }),
            response.Results);
        Assert.Equal(
            new VcpuLine { Vcpu = 1, IrqAsserted = true, Generation = before.Generation + 1 },
            Assert.Single(response.ChangedLines));
        Assert.Equal(Lpi, await guest.AcknowledgeAsync(1));
    }

    [Fact]
    public async Task Guest_goes_on_behind_the_submitted_commands()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await guest.SetUpItsAsync();
        await guest.RunAsync(ItsCommand.MapCollection(0, 0));
        await guest.SubmitAsync(ItsCommand.MapCollection(1, 1).Raw, ItsCommand.MapCollection(2, 0).Raw);

        // A driver that reads GITS_CWRITER, as one that shares its queue must.
        var writer = await guest.ReadAsync("GITS_CWRITER");
        await guest.WriteMemoryAsync(
            GuestMap.Queue(0) + writer, GuestMap.Doublewords(ItsCommand.MapCollection(3, 1).Doublewords));
        await guest.WriteAsync("GITS_CWRITER", writer + 32);

        Assert.Equal(0x80UL, await guest.ReadAsync("GITS_CREADR"));
        var collections = await CollectionsAsync(guest);
        Assert.Equal([0u, 1u, 2u, 3u], collections);
    }

    [Fact]
    public async Task What_the_guest_queued_runs_first()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 1);
        var guest = await Guest.BootAsync(server.Tcp, "guest", queuePages: 256);
        List<ItsCommand> own = [.. Enumerable.Repeat(ItsCommand.InvalidateAll(0), 5000)];
        own.Add(ItsCommand.MapCollection(9, 0));
        await guest.WriteAsync("GITS_CWRITER", await guest.PlaceAsync(own));

        var response = await guest.SubmitAsync(ItsCommand.UnmapCollection(9).Raw);

        Assert.Equal(CommandOutcome.Executed, Assert.Single(response.Results).Outcome);
        Assert.DoesNotContain(9u, await CollectionsAsync(guest));
    }

    [Fact]
    public async Task Its_is_named_by_its_number()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest", itsCount: 2);
        var offset = await guest.ReadAsync("GITS_CWRITER", 0);

        await guest.Api.SubmitAsync(guest.Submission([ItsCommand.Sync(0).Raw], its: 1));

        Assert.Equal(offset, await guest.ReadAsync("GITS_CWRITER", 0));
        Assert.Equal(offset + 32, await guest.ReadAsync("GITS_CREADR", 1));
    }

    [Fact]
    public async Task Target_is_the_address_of_a_frame_where_the_its_says_so()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Profile = Profile.Custom;
        spec.Custom = new ProfileOverrides { PhysicalTargetAddresses = true };
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await guest.SetUpItsAsync();
        var frame = GuestMap.RedistributorBase + 0x2_0000;

        var response = await guest.SubmitAsync(
            new SubmittedCommand { Mapc = new() { CollectionId = 3, RdBase = frame } },
            new SubmittedCommand { Mapc = new() { CollectionId = 4, RdBase = 0xF_FFFF_FFFF_0000 } },
            new SubmittedCommand { Movall = new() { RdBase1 = frame, RdBase2 = GuestMap.RedistributorBase } });

        Assert.Equal(
            [CommandOutcome.Executed, CommandOutcome.Failed, CommandOutcome.Executed],
            response.Results.Select(result => result.Outcome));
        Assert.Equal("MAPC_PROCNUM_OOR", response.Results[1].ErrorName);
        var collection = (await guest.DumpAsync()).Single(
            entry => entry.KindCase == TableEntry.KindOneofCase.Collection).Collection;
        Assert.Equal((3u, 1u), (collection.CollectionId, collection.Vcpu));
    }

    [Fact]
    public async Task Whole_queue_is_filled_from_any_place_on()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 7);
        var guest = await Guest.BootAsync(server.Tcp, "guest", queuePages: 1);
        var offset = (uint)await guest.ReadAsync("GITS_CWRITER");

        var response = await guest.SubmitAsync(Enumerable.Repeat(ItsCommand.Sync(0).Raw, 127));

        Assert.All(response.Results, result => Assert.Equal(CommandOutcome.Executed, result.Outcome));
        Assert.Equal(
            Enumerable.Range(0, 127).Select(place => (offset + ((uint)place * 32)) % 4096),
            response.Results.Select(result => result.QueueOffset));
        Assert.Equal((offset + 4096 - 32) % 4096, await guest.ReadAsync("GITS_CREADR"));
    }

    [Fact]
    public async Task Line_that_changes_in_the_background_is_told_with_the_results()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 1);
        var guest = await Guest.BootAsync(server.Tcp, "guest", queuePages: 16);
        await guest.MapDeviceAsync(Device, 1, Lpi, collection: 1);

        var response = await guest.SubmitAsync(
            [.. Enumerable.Repeat(ItsCommand.Sync(0).Raw, 1000), ItsCommand.Interrupt(Device, 0).Raw]);

        Assert.Equal(1001, response.Results.Count);
        Assert.Equal((1u, true), response.ChangedLines.Select(line => (line.Vcpu, line.IrqAsserted)).Single());
    }

    private static async Task<uint[]> CollectionsAsync(Guest guest) =>
    [
        .. (await guest.DumpAsync())
            .Where(entry => entry.KindCase == TableEntry.KindOneofCase.Collection)
            .Select(entry => entry.Collection.CollectionId),
    ];
}
