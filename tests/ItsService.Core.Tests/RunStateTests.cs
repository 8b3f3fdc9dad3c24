using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests;

/// <summary>Paused, where nothing happens, and Reset.</summary>
public class RunStateTests
{
    [Fact]
    public void Controller_runs_at_first() => Assert.Equal(RunState.Running, new Guest().Gic.State);

    [Fact]
    public void Nothing_happens_while_paused()
    {
        var guest = Busy();
        var before = Snapshot.Of(guest);
        guest.Gic.Pause();
        Assert.Equal(RunState.Paused, guest.Gic.State);
        Assert.False(guest.Gic.HasRunnableCommands);

        var gits = new FrameLocation(FrameKind.Gits, 0, GitsOffset.Ctlr);
        Assert.Equal(new AccessResult(AccessStatus.Paused), guest.Gic.ReadRegister(gits, 4));
        Assert.Equal(new AccessResult(AccessStatus.Paused), guest.Gic.WriteRegister(gits, 4, 0));
        Assert.Equal(
            new AccessResult(AccessStatus.Paused),
            guest.Gic.WriteRegister(gits with { Offset = GitsOffset.Translater }, 4, 1, new DeviceId(0)));
        Assert.Equal(
            new AccessResult(AccessStatus.Paused), guest.Gic.ReadSystemRegister(new(0), SystemRegister.IccIar1));
        Assert.Equal(
            new AccessResult(AccessStatus.Paused), guest.Gic.WriteSystemRegister(new(0), SystemRegister.IccPmr, 0));
        Assert.Equal(new StepResult(AccessStatus.Paused, 0, HasMore: false), guest.Gic.Step(100));
        var message = guest.Gic.SignalMsi(0, new DeviceId(0), new EventId(1));
        Assert.Equal(AccessStatus.Paused, message.Status);
        Assert.False(message.IsPending);

        guest.Gic.Resume();

        Assert.Equal(before, Snapshot.Of(guest));
        Assert.Empty(guest.TakeEvents());
    }

    [Fact]
    public void Commands_go_on_after_resume()
    {
        var guest = Busy();
        guest.Gic.Pause();
        guest.Gic.Resume();
        Assert.True(guest.Gic.HasRunnableCommands);
        guest.Drain();

        Assert.Equal(guest.Cwriter(), guest.Creadr());
        Assert.Equal(3, guest.Gic.Inspection.Its(0).CollectionCount);
    }

    [Fact]
    public void State_can_be_looked_at_while_paused()
    {
        var guest = Busy();
        guest.Gic.Pause();

        Assert.Equal([8192u], guest.PendingAt(0));
        Assert.True(guest.Cpu(0).IsAsserted);
        Assert.Equal(
            (0x60UL, 0xA0UL), (guest.Gic.Inspection.Its(0).ReadOffset, guest.Gic.Inspection.Its(0).WriteOffset));
    }

    [Theory]
    [InlineData("kvm")]
    [InlineData("qemu")]
    public void Reset_gives_back_the_state_of_a_new_controller(string profile)
    {
        var options = new GuestOptions { Profile = Named.Profile(profile), ItsCount = 2 };
        var guest = Guest.Started(options);
        guest.Map(0, 0, 8192, its: 0);
        guest.Map(0, 0, 8193, its: 1);
        guest.Signal(0, 0, its: 0);
        guest.Signal(0, 0, its: 1);
        guest.Cpu(0).Acknowledge();
        guest.Gicr(1).Write32(0x10100, uint.MaxValue);
        guest.Gicr(1).Write32(0x10400, uint.MaxValue);
        guest.Cpu(3).Write(SystemRegister.IccBpr1, 6);
        guest.Cpu(3).Write(SystemRegister.IccCtlr, 3);
        guest.Gic.Reset();

        Assert.Equal(Snapshot.Of(new Guest(options)), Snapshot.Of(guest));
    }

    [Fact]
    public void Reset_leaves_guest_memory_alone()
    {
        var guest = Guest.Started();
        guest.SetPendingBit(0, 8200);
        guest.Map(0, 0, 8192);
        guest.Signal(0, 0);
        guest.Write64(Places.DeviceTable(), ulong.MaxValue);
        guest.Gic.Reset();

        Assert.Equal(ulong.MaxValue, guest.Read64(Places.DeviceTable()));
        Assert.Equal(1, guest.ReadByte(Places.PendingByte(0, 8200)));
        Assert.Equal(0, guest.ReadByte(Places.PendingByte(0, 8192)) & 1);
    }

    [Fact]
    public void Reset_controller_can_be_started_again()
    {
        var guest = Guest.Started();
        guest.Configure(8192, 0x21);
        guest.Map(0, 0, 8192);
        guest.Gic.Reset();
        guest.StartRedistributors();
        guest.PlaceTables();
        guest.Enable();
        Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, guest.Signal(0, 0));
        guest.Map(0, 0, 8192, cpu: 1);
        guest.Signal(0, 0);

        Assert.Equal(8192u, guest.Cpu(1).Acknowledge());
        Assert.Equal(0xA0UL, guest.Cpu(1).RunningPriority);
    }

    [Fact]
    public void Largest_shape_is_taken()
    {
        var memory = new Guest().Memory;
        var legal = new VirtualGicConfiguration { Affinities = [default] };

        Assert.Throws<ArgumentNullException>("configuration", () => new VirtualGic(null!, memory));
        Assert.Throws<ArgumentNullException>("memory", () => new VirtualGic(legal, null!));
        Assert.Equal(8, new VirtualGic(legal with { ItsCount = 8, Affinities = new Affinity[512] }, memory).ItsCount);
    }

    /// <summary>Event 0 pending on vCPU 0, and two commands that have not run yet.</summary>
    private static Guest Busy()
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 3 });
        guest.Publish(
            0,
            GuestCommand.Mapd(0, 16, Places.Itt(0)),
            GuestCommand.Mapc(0, 0),
            GuestCommand.Mapti(0, 0, 8192, 0),
            GuestCommand.Mapc(1, 1),
            GuestCommand.Mapc(2, 2));
        guest.Signal(0, 0);
        return guest;
    }
}
