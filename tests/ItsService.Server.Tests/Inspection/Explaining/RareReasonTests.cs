using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using static ItsService.Server.Tests.Inspection.Explaining.ExplainedGuest;

namespace ItsService.Server.Tests.Inspection.Explaining;

/// <summary>Reasons that take a VM out of the ordinary.</summary>
public class RareReasonTests
{
    private const ulong OutsideRam = 0x1000_0000;

    [Fact]
    [Provokes(NonDelivery.PendingLimit)]
    public async Task Vm_with_as_many_pending_lpis_as_may_be_drops_the_next()
    {
        // Three pending tables, none of which has the first LPIs, leave no room for one more of 131,072.
        const int LpiCount = (1 << 16) - 8192 - 64;
        int[] pendingCounts = [LpiCount, LpiCount, 131_072 - (2 * LpiCount)];
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "full", GuestMap.Spec(pendingCounts.Length));
        for (var vcpu = 0u; vcpu < pendingCounts.Length; vcpu++)
        {
            var table = new byte[(1 << 16) / 8];
            Array.Fill(table, byte.MaxValue, table.Length - (pendingCounts[vcpu] / 8), pendingCounts[vcpu] / 8);
            await guest.WriteMemoryAsync(GuestMap.PendingTable(vcpu), ByteString.CopyFrom(table));
        }

        await guest.SetUpLpisAsync((uint)pendingCounts.Length);
        await guest.SetUpItsAsync();
        await guest.RunAsync(ItsCommand.MapCollection(2, 2));
        await guest.MapDeviceAsync(Device, 1, Lpi, collection: 2);

        var answer = await guest.ExplainAsync();

        Assert.Equal((NonDelivery.PendingLimit, false), (answer.Reason, answer.Redistributor.Passes));
        Assert.Contains("vCPUs must take some first", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Provokes(NonDelivery.ConfigurationUnreadable)]
    public async Task Configuration_that_was_never_readable_is_told_apart_from_a_disabled_one()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Profile = Profile.Qemu;
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await guest.WriteAsync("GICR_PROPBASER", OutsideRam | 15);
        await guest.WriteAsync("GICR_PENDBASER", GuestMap.PendingTable(0));
        await guest.WriteAsync("GICR_CTLR", 1);
        await guest.SetUpItsAsync();
        await guest.RunAsync(ItsCommand.MapCollection(0, 0));
        await guest.MapDeviceAsync(Device, 1, Lpi);
        await guest.SignalAsync(Device, 0);

        var answer = await guest.ExplainAsync();

        Assert.Equal(NonDelivery.ConfigurationUnreadable, answer.Reason);
        Assert.Equal((false, false), (answer.Configuration.Known, answer.Configuration.MemoryReadable));
        Assert.Contains("the byte at 0x10000000 cannot be read", answer.Message, StringComparison.Ordinal);
        Assert.Contains(
            answer.LastEvents, touching => touching.Mistake?.Kind == GuestMistakeKind.ConfigurationUnreadable);

        // Now there is memory, and nobody has read it.
        await guest.Api.UpdateMemoryAsync(new UpdateMemoryRequest
        {
            Name = guest.Name,
            AddRegions = { GuestMap.Region(OutsideRam, 0x1_0000) },
        });
        await guest.WriteMemoryAsync(OutsideRam, ByteString.CopyFrom(0x41));
        answer = await guest.ExplainAsync();

        Assert.Equal(NonDelivery.InvalidateMissing, answer.Reason);
        Assert.StartsWith(
            "LPI 8192 is pending at vCPU 0, but disabled, since its configuration was never read; the byte at "
            + "0x10000000 says enabled: the guest must issue INV for event 0 of device 0x10",
            answer.Message,
            StringComparison.Ordinal);
        Assert.Equal(
            new ConfigurationStep
            {
                MemoryAddress = OutsideRam,
                MemoryReadable = true,
                MemoryEnabled = true,
                MemoryPriority = 0x40,
                Differs = true,
            },
            answer.Configuration);
    }
}
