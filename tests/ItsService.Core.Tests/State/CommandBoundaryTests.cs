using ItsService.Core.Commands;
using ItsService.Core.Identifiers;
using ItsService.Core.State;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.State;

/// <summary>
/// A save at every command boundary of a long queue: whatever waits in it is executed once, by the controller that the
/// state was given to, as it would have been by the one that it was taken from.
/// </summary>
public class CommandBoundaryTests
{
    private const ulong Seed = 11;

    [Theory]
    [InlineData("kvm", 1, false, false)]
    [InlineData("kvm", 2, true, true)]
    [InlineData("qemu", 2, false, true)]
    [InlineData("strict", 2, true, true)]
    public void State_saved_between_any_two_steps_goes_on_as_if_never_saved(
        string profile, int itsCount, bool wraps, bool overwritesConsumed)
    {
        var options = ScriptedGuests.Options(profile, itsCount);
        var script = CommandScript.Build(Seed, itsCount, fitsTables: false);
        var reference = new ScriptRun(ScriptedGuests.Begin(options, wraps), script).ToEnd();
        var donor = new ScriptRun(ScriptedGuests.Begin(options, wraps), script);
        var boundaries = 0;
        var end = reference.Guest.Gic.Persistence.Save();
        ScriptedGuests.SaveTables(reference.Guest);
        for (; !donor.IsOver; donor.Next(), boundaries++)
        {
            var resumed = donor.ContinueOn(ScriptedGuests.Copy(donor.Guest, overwritesConsumed)).ToEnd();

            var trace = donor.Trace.Concat(resumed.Trace);
            Assert.True(reference.Trace.SequenceEqual(trace), $"boundary {boundaries}: other commands ran");
            AssertSameEnd(boundaries, reference.Guest, end, resumed.Guest);
        }

        Assert.Equal(reference.Trace, donor.Trace);
        Assert.InRange(boundaries, CommandScript.Length, int.MaxValue);
    }

    [Theory]
    [InlineData("kvm", false)]
    [InlineData("qemu", true)]
    public void State_saved_where_a_write_of_CWRITER_stopped_goes_on_as_if_never_saved(string profile, bool wraps)
    {
        var options = ScriptedGuests.Options(profile, 1);
        var commands = CommandScript.Build(Seed + 1, 1, fitsTables: false).Select(beat => beat.Command).ToArray();
        var reference = Publish(options, commands, commands.Length * 100, wraps);
        Assert.False(reference.Gic.HasRunnableCommands);
        var end = reference.Gic.Persistence.Save();
        ScriptedGuests.SaveTables(reference);
        var boundaries = new HashSet<ulong>();
        for (var limit = 0; boundaries.Count <= commands.Length; limit++)
        {
            var donor = Publish(options, commands, limit, wraps);
            if (!boundaries.Add(donor.Creadr()))
            {
                // A command that counts for several.
                continue;
            }

            var copy = ScriptedGuests.Copy(donor, overwriteConsumed: true);
            copy.Accesses.StartRecording();
            copy.Drain();

            var fetches = copy.Accesses.StopRecording().Count(ScriptRun.IsFetch);
            Assert.Equal(commands.Length, fetches + CountConsumed(donor));
            AssertSameEnd(limit, reference, end, copy);
        }

        Assert.Equal(CommandScript.Length + 1, boundaries.Count);
    }

    [Fact]
    public void Script_has_all_twelve_commands_right_and_wrong()
    {
        foreach (var fitsTables in new[] { false, true })
        {
            var script = CommandScript.Build(Seed, 1, fitsTables);
            var run = new ScriptRun(ScriptedGuests.Begin(ScriptedGuests.Options("kvm", 1), wraps: false), script);
            run.ToEnd();

            var counted = run.Guest.Gic.Counters.Commands().ToLookup(count => count.Error == CommandError.None);
            CommandOpcode[] all =
            [
                .. Enum.GetValues<CommandOpcode>()
                    .Where(opcode => opcode != CommandOpcode.None),
            ];
            Assert.Equal(12, all.Length);
            Assert.Equal(all.Order(), counted[true].Select(count => count.Opcode).Distinct().Order());
            // Nothing can be wrong with a SYNC.
            Assert.Equal([CommandOpcode.Sync], all.Except(counted[false].Select(count => count.Opcode)));
        }
    }

    /// <summary>All of the script in one batch, of which the write itself runs so many commands.</summary>
    private static Guest Publish(GuestOptions options, GuestCommand[] commands, int limit, bool wraps)
    {
        var guest = Guest.Started(options with { InlineCommandsMax = limit });
        if (wraps)
        {
            guest.Disable();
            guest.PlaceQueue(0, queuePages: 3);
            guest.Enable();
            guest.RunOn(0, [.. Enumerable.Repeat(GuestCommand.Sync(0), 300)]);
        }

        guest.Publish(0, commands);
        return guest;
    }

    private static int CountConsumed(Guest guest)
    {
        var size = ((guest.Gits().Read64(GitsOffset.Cbaser) & 0xFF) + 1) * 4096;
        var waiting = (guest.Cwriter() + size - guest.Creadr()) % size / GuestCommand.SizeBytes;
        return CommandScript.Length - (int)waiting;
    }

    private static void AssertSameEnd(int boundary, Guest reference, GicState end, Guest resumed)
    {
        var difference = StateDifference.Between(end, resumed.Gic.Persistence.Save());
        Assert.True(difference is null, $"boundary {boundary}{difference}");
        for (var vcpu = 0; vcpu < resumed.Gic.VcpuCount; vcpu++)
        {
            Assert.Equal(
                reference.Gic.GetLine(new VcpuIndex(vcpu)).IsAsserted,
                resumed.Gic.GetLine(new VcpuIndex(vcpu)).IsAsserted);
        }

        ScriptedGuests.SaveTables(resumed);
        var elsewhere = RamCopy.Difference(reference, resumed, ScriptedGuests.Queues(resumed));
        Assert.True(elsewhere is null, $"boundary {boundary}: memory at {elsewhere}");
    }
}
