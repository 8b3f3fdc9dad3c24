using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Inspection;

public class DumpTablesTests
{
    private const uint FirstDevice = 0x10;
    private const uint SecondDevice = 0x0F00;

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Dump_holds_every_entry_in_order(Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server[transport]);

        Assert.Equal(Expected(), await guest.DumpAsync());
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Dump_leaves_out_what_it_is_asked_to(bool omitEvents, bool omitPendingLpis)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        var entries = await server.Tcp.DumpTablesAsync(new DumpTablesRequest
        {
            Vm = guest.Name,
            OmitEvents = omitEvents,
            OmitPendingLpis = omitPendingLpis,
        });

        Assert.Equal(
            [.. Expected().Where(entry =>
                !(omitEvents && entry.KindCase == TableEntry.KindOneofCase.Event)
                && !(omitPendingLpis && entry.KindCase == TableEntry.KindOneofCase.PendingLpi))],
            entries);
    }

    [Fact]
    public async Task Dump_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var before = await guest.DescribeAsync();

        var first = await guest.DumpAsync();
        var second = await guest.DumpAsync();

        Assert.Equal(first, second);
        Assert.Equal(before, await guest.DescribeAsync());
        Assert.Equal(8195u, await guest.AcknowledgeAsync(vcpu: 1));
    }

    [Fact]
    public async Task Dump_of_a_stalled_queue_says_so()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Profile = Profile.Custom;
        spec.Custom = new ProfileOverrides { CommandErrorPolicy = CommandErrorPolicy.Stall };
        var guest = await Guest.CreateAsync(server.Tcp, "stalled", spec);
        await guest.SetUpLpisAsync(vcpuCount: 2);
        await guest.SetUpItsAsync();
        var writeOffset = await guest.PlaceAsync(
            [ItsCommand.Sync(0), ItsCommand.MapEvent(FirstDevice, 0, 8192, collection: 0), ItsCommand.Sync(0)]);
        await guest.WriteAsync("GITS_CWRITER", writeOffset);

        var its = (await guest.DumpAsync())[0].Its;

        Assert.True(its.Stalled);
        Assert.Equal((ItsCommand.SizeBytes, 3 * ItsCommand.SizeBytes), (its.ReadOffset, its.WriteOffset));
        Assert.Equal(ItsCommand.SizeBytes | 1, await guest.ReadAsync("GITS_CREADR"));
    }

    [Fact]
    public async Task Large_dump_comes_in_messages_of_bounded_size()
    {
        const uint EventCount = 4096;
        const int MessageBytesMax = 256 << 10;
        await using var server = await TestServer.StartAsync(options =>
        {
            options.Limits.MessageBytesMax = MessageBytesMax;
            options.Limits.MemoryAccessBytesMax = 64 << 10;
        });
        var guest = await Guest.BootAsync(server.Tcp, "large", queuePages: 256);
        for (var device = 0u; device < 10; device++)
        {
            await guest.MapDeviceAsync(device, EventCount, firstLpi: 8192 + (device * EventCount));
        }

        var messages = new List<DumpTablesResponse>();
        using var call = server.Tcp.Inspect.DumpTables(
            new DumpTablesRequest { Vm = guest.Name }, cancellationToken: TestContext.Current.CancellationToken);
        while (await call.ResponseStream.MoveNextWithinLimit())
        {
            messages.Add(call.ResponseStream.Current.Clone());
        }

        Assert.All(messages, message => Assert.InRange(message.CalculateSize(), 1, MessageBytesMax));
        var events = messages.SelectMany(message => message.Entries)
            .Where(entry => entry.KindCase == TableEntry.KindOneofCase.Event)
            .Select(entry => entry.Event.IntId);
        Assert.Equal(Enumerable.Range(8192, 10 * (int)EventCount).Select(lpi => (uint)lpi), events);
    }

    [Fact]
    public async Task Abandoned_dump_leaves_the_vm_as_it_is()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        using (var call = server.Tcp.Inspect.DumpTables(
            new DumpTablesRequest { Vm = guest.Name }, cancellationToken: cancellation.Token))
        {
            Assert.True(await call.ResponseStream.MoveNextWithinLimit());
            await cancellation.CancelAsync();
        }

        await server.Requests.UntilAsync(0);
        Assert.Equal(Expected(), await guest.DumpAsync());
    }

    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "dumped", vcpuCount: 2, itsCount: 2);
        await guest.ConfigureLpiAsync(8195, priority: 0x40);
        await guest.ConfigureLpiAsync(9000, priority: 0xA0, enabled: false);
        await guest.RunAsync(
            ItsCommand.MapDevice(SecondDevice, 4, GuestMap.TranslationTable(0, SecondDevice)),
            ItsCommand.MapDevice(FirstDevice, 8, GuestMap.TranslationTable(0, FirstDevice)),
            ItsCommand.MapEvent(SecondDevice, 15, 9000, collection: 1),
            ItsCommand.MapEvent(FirstDevice, 200, 8195, collection: 1),
            ItsCommand.MapEvent(FirstDevice, 3, 8192, collection: 0));
        await guest.SignalAsync(SecondDevice, 15);
        await guest.SignalAsync(FirstDevice, 200);
        return guest;
    }

    private static IReadOnlyList<TableEntry> Expected()
    {
        var queue = ItsCommand.SizeBytes;
        return
        [
            Its(number: 0, offset: (4 + 5) * queue, deviceCount: 2, eventCount: 3),
            Collection(0, its: 0),
            Collection(1, its: 0),
            Device(FirstDevice, eventIdBits: 8, eventCount: 2),
            Event(FirstDevice, 3, 8192, 0),
            Event(FirstDevice, 200, 8195, 1),
            Device(SecondDevice, eventIdBits: 4, eventCount: 1),
            Event(SecondDevice, 15, 9000, 1),
            Its(number: 1, offset: 4 * queue, deviceCount: 0, eventCount: 0),
            Collection(0, its: 1),
            Collection(1, its: 1),
            Redistributor(vcpu: 0, pendingLpiCount: 0),
            Redistributor(vcpu: 1, pendingLpiCount: 2),
            Pending(8195, enabled: true, priority: 0x40),
            Pending(9000, enabled: false, priority: 0xA0),
        ];
    }

    private static TableEntry Its(uint number, ulong offset, ulong deviceCount, ulong eventCount) => new()
    {
        Its = new ItsEntry
        {
            Its = number,
            Enabled = true,
            QueueValid = true,
            QueueAddress = GuestMap.Queue(number),
            QueueSizeBytes = 0x1_0000,
            ReadOffset = offset,
            WriteOffset = offset,
            CollectionCount = 2,
            DeviceCount = deviceCount,
            EventCount = eventCount,
        },
    };

    private static TableEntry Collection(uint collection, uint its) =>
        new() { Collection = new CollectionEntry { CollectionId = collection, Vcpu = collection, Its = its } };

    private static TableEntry Device(uint device, uint eventIdBits, ulong eventCount) => new()
    {
        Device = new DeviceEntry
        {
            DeviceId = device,
            IttAddress = GuestMap.TranslationTable(0, device),
            EventIdBits = eventIdBits,
            EventCount = eventCount,
        },
    };

    private static TableEntry Event(uint device, uint eventId, uint lpi, uint collection) => new()
    {
        Event = new EventEntry { DeviceId = device, EventId = eventId, IntId = lpi, CollectionId = collection },
    };

    private static TableEntry Redistributor(uint vcpu, ulong pendingLpiCount) => new()
    {
        Redistributor = new RedistributorEntry
        {
            Vcpu = vcpu,
            Affinity = vcpu,
            LpisEnabled = true,
            ConfigurationTableAddress = GuestMap.ConfigurationTable,
            IntIdBits = 16,
            PendingTableAddress = GuestMap.PendingTable(vcpu),
            PendingLpiCount = pendingLpiCount,
        },
    };

    private static TableEntry Pending(uint lpi, bool enabled, uint priority) => new()
    {
        PendingLpi = new PendingLpiEntry { Vcpu = 1, IntId = lpi, Enabled = enabled, Priority = priority },
    };
}
