using ItsService.Core.State;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Userspace;

/// <summary>A commit that changes a few registers at most does not copy what is mapped.</summary>
public class CommitCostTests
{
    private const long BytesOfRegisters = 64 << 10;

    [Fact]
    public void Values_that_are_in_force_already_cost_no_copy()
    {
        var guest = WithManyEvents();
        var before = guest.Gic.Persistence.Save();
        var port = new AttributePort(guest);
        foreach (var offset in ItsSteps.Offsets)
        {
            port.WriteIts(0, offset, port.ReadIts(0, offset));
        }

        AttributeImage.Of(guest).WriteLpiRegisters(port);
        Assert.True(guest.Gic.Userspace.HasStaged);

        AssertResumesCheaply(guest);

        Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));
        Assert.False(guest.Gic.Userspace.HasStaged);
    }

    [Fact]
    public void Registers_alone_cost_no_copy()
    {
        var guest = WithManyEvents();
        var port = new AttributePort(guest);
        port.WriteIts(0, GitsOffset.Cbaser, Guest.Valid | Places.Queue() | 1);
        port.WriteIts(0, GitsOffset.Creadr, 96);
        port.WriteIts(0, GitsOffset.Cwriter, 96);
        port.WriteIts(0, GitsOffset.Ctlr, 0);

        AssertResumesCheaply(guest);

        Assert.Equal(96UL, guest.Creadr());
        Assert.Equal(50_000, guest.Gic.Inspection.Devices(0).Single().EventCount);
    }

    /// <summary>Done in place, so what is refused is put back.</summary>
    [Fact]
    public void Registers_that_are_refused_are_what_they_were()
    {
        var guest = WithManyEvents();
        var before = guest.Gic.Persistence.Save();
        var port = new AttributePort(guest);
        port.WriteIts(0, GitsOffset.Cbaser, Guest.Valid | Places.Queue() | 1);
        port.WriteIts(0, GitsOffset.Creadr, 0xF000);
        port.WriteIts(0, GitsOffset.Ctlr, 0);

        Assert.Equal("its[0].GITS_CREADR", Assert.Single(guest.Gic.Resume().Problems).Path);

        Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));
        Assert.True(guest.Gic.Userspace.HasStaged);
    }

    private static void AssertResumesCheaply(Guest guest)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = guest.Gic.Resume();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, BytesOfRegisters);
        Assert.True(result.IsDone, string.Join("; ", result.Problems));
    }

    private static Guest WithManyEvents()
    {
        var guest = Guest.Started();
        var state = guest.Gic.Persistence.Save();
        var device = new DeviceState(
            1, Places.Itt(1), 16, (EventState[])[.. Enumerable.Range(0, 50_000).Select(
                number => new EventState((uint)number, 8192 + (uint)number, 0))]);
        Assert.Empty(guest.Gic.Persistence.Restore(
            state with { Services = [state.Services[0] with { Devices = [device] }] }));
        guest.Gic.Pause();
        return guest;
    }
}
