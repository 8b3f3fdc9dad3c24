using ItsService.Core;
using ItsService.Core.GuestTables;
using ItsService.Core.Tests.Support;
using ItsService.Core.Userspace;

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

    /// <summary>Pauses and writes an ITS's register as KVM's userspace does.</summary>
    public static void SetFromOutside(this Guest guest, int offset, ulong value)
    {
        guest.Gic.Pause();
        Assert.Equal(UserspaceError.None, guest.Gic.Userspace.WriteItsRegister(0, offset, value).Error);
        Assert.False(guest.Gic.HasRunnableCommands);
    }

    /// <summary>Reads an ITS's register as KVM's userspace does.</summary>
    public static ulong GetFromOutside(this Guest guest, int offset)
    {
        var result = guest.Gic.Userspace.ReadItsRegister(0, offset);
        Assert.Equal(UserspaceError.None, result.Error);
        return result.Value;
    }

    /// <summary>What was written does not fit together (EINVAL), and the VM stays Paused.</summary>
    public static void AssertResumeIsRefused(this Guest guest, string path)
    {
        var problem = Assert.Single(guest.Gic.Resume().Problems);
        Assert.Equal((RestoreProblemKind.Inconsistent, path), (problem.Kind, problem.Path));
        Assert.Equal(RunState.Paused, guest.Gic.State);
    }
}
