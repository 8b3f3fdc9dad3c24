using ItsService.Core.Submissions;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Userspace;

/// <summary>
/// GITS_CBASER with the value that it has, under an ITS that is enabled and stays so: as KVM ignores it, and a guest,
/// nothing comes of it, and each command that waits is executed once.
/// </summary>
public class PresentQueueTests
{
    private const int ConsumedCount = 2;
    private const ulong ReadOffset = ConsumedCount * GuestCommand.SizeBytes;

    public static TheoryData<string, int> Sequences =>
    [
        .. from sequence in new[] { "B", "B W", "W B", "B R", "R B", "B R W", "W R B", "B B", "O B", "B E", "E B" }
        from inFlight in new[] { 0, 3 }
        select (sequence, inFlight),
    ];

    /// <summary>Slots that were consumed hold commands that would be executed once more.</summary>
    [Theory]
    [MemberData(nameof(Sequences))]
    public void Written_beside_its_pointers_it_reads_what_waits_and_nothing_else(string sequence, int inFlight)
    {
        var guest = WithCommands(ConsumedCount, inFlight);
        guest.Gic.Pause();
        var before = guest.Gic.Persistence.Save();
        var port = new AttributePort(guest);
        foreach (var step in sequence.Split(' '))
        {
            Write(port, step, inFlight);
        }

        Assert.Equal(ReadOffset, port.ReadIts(0, GitsOffset.Creadr));
        Assert.Equal(ReadOffset + ((ulong)inFlight * GuestCommand.SizeBytes), port.ReadIts(0, GitsOffset.Cwriter));
        Assert.Equal(inFlight, guest.Gic.Userspace.WaitingCommands(0));
        Assert.Equal(inFlight == 0, (port.ReadIts(0, GitsOffset.Ctlr) & (1UL << 31)) != 0);

        port.Resume();
        Assert.Null(StateDifference.Between(before, guest.Gic.Persistence.Save()));

        Assert.Equal(Slots(ConsumedCount, inFlight), SlotsReadBy(guest));
    }

    /// <summary>From the first slot on, where a new queue would begin as well.</summary>
    [Fact]
    public void Written_before_any_command_was_executed_it_loses_none()
    {
        var guest = WithCommands(consumed: 0, inFlight: 2);
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        Write(port, "B", inFlight: 2);
        port.Resume();

        Assert.Equal(Slots(0, 2), SlotsReadBy(guest));
    }

    /// <summary>A 0 in GITS_CTLR.Enabled makes it a new queue, before it or behind it.</summary>
    [Theory]
    [InlineData("D B E")]
    [InlineData("B D E")]
    public void Written_under_an_ITS_that_was_disabled_meanwhile_it_begins_a_new_queue(string sequence)
    {
        var guest = WithCommands(ConsumedCount, inFlight: 3);
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        foreach (var step in sequence.Split(' '))
        {
            Write(port, step, inFlight: 3);
        }

        Assert.Equal((0UL, 0UL), (port.ReadIts(0, GitsOffset.Creadr), port.ReadIts(0, GitsOffset.Cwriter)));
        Assert.Equal(0, guest.Gic.Userspace.WaitingCommands(0));
        port.Resume();

        Assert.Empty(SlotsReadBy(guest));
        Assert.Equal((0UL, 0UL), (guest.Creadr(), guest.Cwriter()));
    }

    [Fact]
    public void Submitted_commands_go_on_waiting_and_are_executed()
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 0 });
        var submission = guest.Submit(GuestCommand.Mapd(5, 4, Places.Itt(5)), GuestCommand.Sync(0));
        guest.Gic.Pause();
        var port = new AttributePort(guest);
        port.WriteIts(0, GitsOffset.Cbaser, port.ReadIts(0, GitsOffset.Cbaser));
        port.WriteIts(0, GitsOffset.Cwriter, 2 * GuestCommand.SizeBytes);
        port.Resume();
        Assert.Equal(
            [SubmittedCommandOutcome.Waiting, SubmittedCommandOutcome.Waiting], submission.Outcomes());

        guest.Drain();

        Assert.Equal(
            [SubmittedCommandOutcome.Executed, SubmittedCommandOutcome.Executed], submission.Outcomes());
        Assert.Equal(5U, Assert.Single(guest.Gic.Inspection.Devices(0)).Device.Value);
    }

    /// <summary>The base, the pointers as they are, Enabled; another base that the present one follows.</summary>
    private static void Write(AttributePort port, string step, int inFlight)
    {
        var (offset, value) = step switch
        {
            "B" => (GitsOffset.Cbaser, Guest.Valid | Places.Queue() | 15),
            "O" => (GitsOffset.Cbaser, Guest.Valid | Places.Queue() | 3),
            "R" => (GitsOffset.Creadr, ReadOffset),
            "W" => (GitsOffset.Cwriter, ReadOffset + ((ulong)inFlight * GuestCommand.SizeBytes)),
            "D" => (GitsOffset.Ctlr, 0UL),
            _ => (GitsOffset.Ctlr, 1UL),
        };
        port.WriteIts(0, offset, value);
    }

    private static Guest WithCommands(int consumed, int inFlight)
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 0 });
        guest.Run([.. Enumerable.Range(0, consumed).Select(number => GuestCommand.Mapc((uint)number, 0))]);
        guest.Publish(
            0, [.. Enumerable.Range(consumed, inFlight).Select(number => GuestCommand.Mapc((uint)number, 1))]);
        return guest;
    }

    private static ulong[] Slots(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(slot => Places.Queue() + (ulong)(slot * GuestCommand.SizeBytes))];

    private static IEnumerable<ulong> SlotsReadBy(Guest guest)
    {
        guest.Accesses.StartRecording();
        guest.Drain();
        return guest.Accesses.StopRecording().Where(ScriptRun.IsFetch).Select(fetch => fetch.Range.Start.Value);
    }
}
