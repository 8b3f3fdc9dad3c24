using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests;

/// <summary>What the hot path may allocate: nothing (design section 12).</summary>
public class AllocationTests
{
    private const uint EventCount = 64;
    private const int RoundCount = 1000;

    [Fact]
    public void Pend_acknowledge_and_end_allocate_nothing()
    {
        var gic = MappedGuest().Gic;
        Cycle(gic, RoundCount); // warms up: code, chunks of the pending sets
        var before = GC.GetAllocatedBytesForCurrentThread();
        var acknowledged = Cycle(gic, RoundCount);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(RoundCount, acknowledged);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Coalesced_and_masked_messages_allocate_nothing()
    {
        var guest = MappedGuest();
        guest.Cpu(0).MaskAll();
        Signal(guest.Gic, RoundCount);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Signal(guest.Gic, RoundCount);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((int)EventCount, guest.PendingAt(0).Length);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Dropped_messages_allocate_nothing()
    {
        var guest = MappedGuest();
        var unmapped = new DeviceId(9);
        guest.Gic.SignalMsi(0, unmapped, default);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < RoundCount; round++)
        {
            guest.Gic.SignalMsi(0, unmapped, default);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Commands_over_what_is_mapped_allocate_nothing()
    {
        var guest = Guest.Started(new GuestOptions { ReachesRamDirectly = true });
        guest.Map(0, 0, 8192);
        GuestCommand[] commands =
        [
            .. Enumerable.Range(0, 100).SelectMany(n => new[]
            {
                GuestCommand.Mapti(0, (uint)n, 8192 + (uint)n, 0), GuestCommand.Int(0, (uint)n),
                GuestCommand.Movi(0, (uint)n, 0), GuestCommand.Clear(0, (uint)n), GuestCommand.Sync(0),
            }),
        ];
        guest.Run(commands);
        var written = guest.Queue(0, commands);
        var location = new FrameLocation(FrameKind.Gits, 0, GitsOffset.Cwriter);
        var before = GC.GetAllocatedBytesForCurrentThread();
        guest.Gic.WriteRegister(location, 8, written);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(written, guest.Creadr());
        Assert.Empty(guest.TakeErrors());
        Assert.Equal(0, allocated);
    }

    private static Guest MappedGuest()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        for (var number = 1u; number < EventCount; number++)
        {
            guest.Run(GuestCommand.Mapti(0, number, 8192 + (number * 700), 0));
        }

        Assert.Empty(guest.TakeErrors());
        return guest;
    }

    private static int Cycle(VirtualGic gic, int roundCount)
    {
        var acknowledged = 0;
        var vcpu = new VcpuIndex(0);
        for (var round = 0u; round < roundCount; round++)
        {
            gic.SignalMsi(0, new DeviceId(0), new EventId(round * 29 % EventCount));
            var intId = gic.ReadSystemRegister(vcpu, SystemRegister.IccIar1).Value;
            acknowledged += intId >= IntId.FirstLpi ? 1 : 0;
            gic.WriteSystemRegister(vcpu, SystemRegister.IccEoir1, intId);
        }

        return acknowledged;
    }

    private static void Signal(VirtualGic gic, int roundCount)
    {
        for (var round = 0u; round < roundCount; round++)
        {
            gic.SignalMsi(0, new DeviceId(0), new EventId(round % EventCount));
        }
    }
}
