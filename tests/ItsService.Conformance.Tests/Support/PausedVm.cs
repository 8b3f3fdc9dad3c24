using ItsService.Core;
using ItsService.Core.Tests.Support;

namespace ItsService.Conformance.Tests.Support;

/// <summary>What userspace finds while it saves and restores: a VM that does nothing by itself.</summary>
internal static class PausedVm
{
    /// <summary>Why the cases are not followed in which userspace makes the ITS execute commands.</summary>
    public const string Clause =
        "The queue is executed for the guest, from CREADR on, each command once. What userspace writes is state: it is"
        + " taken as a whole, in any order, and executes nothing.";

    /// <summary>Pauses, makes the writes, which must change nothing and execute nothing, and resumes.</summary>
    public static void AssertPausedTakesNoWrite(this Guest guest, params (int Offset, ulong Value)[] writes)
    {
        var before = Snapshot.Of(guest);
        guest.Gic.Pause();
        foreach (var (offset, value) in writes)
        {
            Assert.Equal(
                AccessStatus.Paused,
                guest.Gits().TryWrite(offset, offset == GitsOffset.Ctlr ? 4 : 8, value).Status);
            Assert.False(guest.Gic.HasRunnableCommands);
            Assert.Equal(new StepResult(AccessStatus.Paused, 0, HasMore: false), guest.Gic.Step(1000));
        }

        guest.Gic.Resume();
        Assert.Equal(before, Snapshot.Of(guest));
        Assert.Empty(guest.TakeErrors());
    }
}
