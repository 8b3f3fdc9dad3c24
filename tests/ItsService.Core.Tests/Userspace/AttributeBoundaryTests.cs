using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Userspace;

/// <summary>
/// The same as State/CommandBoundaryTests on the way of a KVM-facing VMM: tables and pending tables are written to
/// guest memory, registers read one by one, written to another controller, and the tables read there.
/// </summary>
public class AttributeBoundaryTests
{
    [Theory]
    [InlineData("kvm", false, false)]
    [InlineData("strict", true, true)]
    [InlineData("qemu", true, true)]
    public void Registers_and_tables_taken_between_any_two_steps_go_on_as_if_never_saved(
        string profile, bool wraps, bool overwritesConsumed)
    {
        var options = ScriptedGuests.Options(profile, 1);
        var script = CommandScript.Build(seed: 21, itsCount: 1, fitsTables: true);
        var reference = new ScriptRun(ScriptedGuests.Begin(options, wraps), script).ToEnd();
        var end = reference.Guest.Gic.Persistence.Save();
        var donor = new ScriptRun(ScriptedGuests.Begin(options, wraps), script);
        var boundaries = 0;
        for (; !donor.IsOver; donor.Next(), boundaries++)
        {
            var resumed = donor.ContinueOn(Move(donor.Guest, overwritesConsumed)).ToEnd();

            var trace = donor.Trace.Concat(resumed.Trace);
            Assert.True(reference.Trace.SequenceEqual(trace), $"boundary {boundaries}: other commands ran");
            var difference = StateDifference.Between(end, resumed.Guest.Gic.Persistence.Save());
            Assert.True(difference is null, $"boundary {boundaries}{difference}");
        }

        Assert.Equal(reference.Trace, donor.Trace);
        Assert.InRange(boundaries, CommandScript.Length, int.MaxValue);
    }

    private static Guest Move(Guest donor, bool overwritesConsumed)
    {
        ScriptedGuests.SaveTables(donor);
        var image = AttributeImage.Of(donor);
        var before = donor.Gic.Persistence.Save();
        var copy = new Guest(donor.Options);
        RamCopy.Copy(donor, copy);
        new AttributePort(donor).Resume();
        if (overwritesConsumed)
        {
            ScriptedGuests.OverwriteConsumed(copy, donor);
        }

        copy.Gic.Pause();
        image.WriteAll(new AttributePort(copy));
        new AttributePort(copy).Resume();
        Assert.Null(StateDifference.Between(before, copy.Gic.Persistence.Save()));
        return copy;
    }
}
