using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Messages;

/// <summary>
/// Each reason for which an ITS drops a message, and what KVM returns for it. None is an error of the call.
/// </summary>
public class MsiOutcomeTests
{
    private const uint Device = 6;
    private const uint Lpi = 8192;

    [Fact]
    public async Task Message_to_a_disabled_its_is_busy()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.WriteAsync("GITS_CTLR", 0);

        await AssertDroppedAsync(guest, Device, 0, MsiOutcome.DroppedItsDisabled, kvmReturn: -16);
    }

    [Fact]
    public async Task Message_of_a_device_beyond_devbits_is_out_of_range()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        await AssertDroppedAsync(guest, 0x1_0000, 0, MsiOutcome.DroppedDeviceOutOfRange);
        await AssertDroppedAsync(guest, uint.MaxValue, 0, MsiOutcome.DroppedDeviceOutOfRange);
    }

    [Fact]
    public async Task Message_of_a_device_beyond_the_table_is_out_of_range()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.WriteAsync("GITS_CTLR", 0);
        await guest.WriteAsync("GITS_BASER0", (1UL << 63) | GuestMap.DeviceTable(0) | (2UL << 8));
        await guest.WriteAsync("GITS_CTLR", 1);

        await AssertDroppedAsync(guest, 8191, 0, MsiOutcome.DroppedDeviceUnmapped);
        await AssertDroppedAsync(guest, 8192, 0, MsiOutcome.DroppedDeviceOutOfRange);
    }

    [Fact]
    public async Task Message_without_a_level_1_entry_is_told_so()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "two-level");
        await guest.SetUpLpisAsync(vcpuCount: 2);
        await guest.SetUpItsAsync(twoLevelDevices: true);
        await guest.WriteMemoryAsync(
            GuestMap.DeviceTable(0), GuestMap.Doublewords((1UL << 63) | (GuestMap.DeviceTable(0) + 0x1_0000)));

        await AssertDroppedAsync(guest, 8191, 0, MsiOutcome.DroppedDeviceUnmapped);
        await AssertDroppedAsync(guest, 8192, 0, MsiOutcome.DroppedLevel1Invalid);
    }

    [Fact]
    public async Task Message_of_an_unmapped_device_is_dropped()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        await AssertDroppedAsync(guest, Device + 1, 0, MsiOutcome.DroppedDeviceUnmapped);
        await guest.RunAsync(ItsCommand.UnmapDevice(Device));
        await AssertDroppedAsync(guest, Device, 0, MsiOutcome.DroppedDeviceUnmapped);
    }

    [Fact]
    public async Task Message_of_an_event_beyond_the_mapped_size_is_out_of_range()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        await AssertDroppedAsync(guest, Device, 4095, MsiOutcome.DroppedEventUnmapped);
        await AssertDroppedAsync(guest, Device, 4096, MsiOutcome.DroppedEventOutOfRange);
        await AssertDroppedAsync(guest, Device, uint.MaxValue, MsiOutcome.DroppedEventOutOfRange);
    }

    [Fact]
    public async Task Message_of_an_unmapped_event_is_dropped()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        await AssertDroppedAsync(guest, Device, 1, MsiOutcome.DroppedEventUnmapped);
    }

    [Fact]
    public async Task Message_to_an_unmapped_collection_knows_its_lpi()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.RunAsync(ItsCommand.UnmapCollection(0));

        await AssertDroppedAsync(guest, Device, 0, MsiOutcome.DroppedCollectionUnmapped, lpi: Lpi);
        await guest.RunAsync(ItsCommand.MapCollection(0, vcpu: 1));
        Assert.Equal(MsiOutcome.Pended, (await guest.SignalAsync(Device, 0)).Result.Outcome);
    }

    [Fact]
    public async Task Message_to_a_redistributor_without_lpis_is_busy()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.WriteAsync("GICR_CTLR", 0);

        await AssertDroppedAsync(guest, Device, 0, MsiOutcome.DroppedLpisDisabled, kvmReturn: -16, lpi: Lpi, vcpu: 0);
    }

    [Fact]
    public async Task Message_of_an_lpi_beyond_the_configuration_table_is_out_of_range()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        await guest.RunAsync(ItsCommand.MapEvent(Device, 1, 0x4000, collection: 0));
        await guest.WriteAsync("GICR_CTLR", 0, index: 0);
        await guest.WriteAsync("GICR_CTLR", 0, index: 1);
        await guest.WriteAsync("GICR_PROPBASER", GuestMap.ConfigurationTable | 13);
        await guest.WriteAsync("GICR_CTLR", 1);

        await AssertDroppedAsync(guest, Device, 1, MsiOutcome.DroppedIntidOutOfRange, lpi: 0x4000, vcpu: 0);
        Assert.Equal(MsiOutcome.Pended, (await guest.SignalAsync(Device, 0)).Result.Outcome);
    }

    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "outcomes");
        await guest.MapDeviceAsync(Device, eventCount: 1, firstLpi: Lpi);
        return guest;
    }

    /// <summary>By every road alike; no line changes.</summary>
    private static async Task AssertDroppedAsync(
        Guest guest,
        uint device,
        uint eventId,
        MsiOutcome outcome,
        int kvmReturn = 0,
        uint? lpi = null,
        uint? vcpu = null)
    {
        var expected = new SignalMsiResult { Outcome = outcome, KvmReturn = kvmReturn };
        if (lpi is { } known)
        {
            expected.IntId = known;
        }

        if (vcpu is { } target)
        {
            expected.Vcpu = target;
        }

        var before = await guest.DescribeAsync();
        var signal = await guest.SignalAsync(device, eventId);
        var write = await guest.Api.WriteAsync(new WriteRegisterRequest
        {
            Vm = guest.Name,
            Target = Guest.At(GuestMap.Doorbell()),
            SizeBytes = 4,
            Value = eventId,
            DeviceId = device,
        });

        Assert.Equal(new SignalMsiResponse { Result = expected }, signal);
        Assert.Equal(new WriteRegisterResponse { Msi = expected }, write);
        Assert.Equal(before, await guest.DescribeAsync());
    }
}
