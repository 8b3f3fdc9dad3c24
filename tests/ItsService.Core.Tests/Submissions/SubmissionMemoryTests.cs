using ItsService.Core.Identifiers;
using ItsService.Core.Submissions;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Submissions;

/// <summary>Memory that does not take submitted commands, or not yet.</summary>
public class SubmissionMemoryTests
{
    private const ulong QueueBytes = 0x1_0000;
    private const byte Leftover = 0x5A;

    /// <summary>Two commands in the last slots, and two in the first.</summary>
    private static readonly GuestCommand[] Wrapping =
        [GuestCommand.Mapc(1, 0), GuestCommand.Mapc(2, 0), GuestCommand.Mapc(3, 0), GuestCommand.Mapc(4, 0)];

    private static readonly GuestRange AtTheEnd = new(new(Places.Queue() + QueueBytes - 64), 64);
    private static readonly GuestRange AtTheStart = new(new(Places.Queue()), 64);

    public static TheoryData<bool> Parts => [true, false];

    [Fact]
    public void Queue_outside_ram_is_refused_with_its_place()
    {
        var guest = WithQueueAt(Places.OutsideRam);
        var result = guest.Gic.Submit(0, SubmittedCommands.Syncs(3));

        Assert.Equal(SubmissionRefusals.QueueNotWritable, result.Refusals);
        Assert.Equal(new GuestRange(new(Places.OutsideRam), 96), result.Range);
        Assert.Equal(0UL, guest.Cwriter());
    }

    [Fact]
    public void Queue_in_read_only_memory_is_refused()
    {
        var guest = WithQueueAt(Places.Rom);

        Assert.Equal(
            SubmissionRefusals.QueueNotWritable, guest.Gic.Submit(0, SubmittedCommands.Syncs(1)).Refusals);
        Assert.Equal((0UL, 0UL), (guest.Cwriter(), guest.Read64(Places.Rom)));
    }

    [Fact]
    public void Queue_whose_beginning_is_no_ram_is_refused_by_what_wraps_into_it()
    {
        // The queue's last page is the first page of RAM.
        var guest = WithQueueAt(Places.Ram - QueueBytes, pages: 17);
        guest.Gits().Write64(GitsOffset.Cwriter, QueueBytes + 0xFE0);
        guest.Drain();
        Assert.Equal(QueueBytes + 0xFE0, guest.Creadr());

        var result = guest.Gic.Submit(0, SubmittedCommands.Syncs(2));
        Assert.Equal(SubmissionRefusals.QueueNotWritable, result.Refusals);
        Assert.Equal(new GuestRange(new(Places.Ram - QueueBytes), 32), result.Range);
        Assert.Equal(0UL, guest.Read64(Places.Ram + 0xFE0));
        Assert.True(guest.Gic.Submit(0, SubmittedCommands.Syncs(1)).IsPlaced);
    }

    [Fact]
    public void Memory_that_does_not_take_the_commands_leaves_the_queue_as_it_is()
    {
        var guest = Guest.Started();
        var range = new GuestRange(new(Places.Queue()), 32);
        guest.Memory.FaultWrites(range);
        var before = Snapshot.Of(guest);
        var submission = SubmittedCommands.Syncs(1);
        var result = guest.Gic.Submit(0, submission);

        Assert.Equal((SubmissionRefusals.QueueMemoryFailed, range), (result.Refusals, result.Range));
        Assert.Equal(before, Snapshot.Of(guest));
        Assert.False(submission.IsPlaced);

        guest.Memory.Heal();
        Assert.True(guest.Gic.Submit(0, submission).IsPlaced);
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void Memory_that_takes_one_part_only_is_as_before(bool atTheEnd)
    {
        var guest = BeforeTheEnd();
        guest.Memory.FaultWrites(atTheEnd ? AtTheEnd : AtTheStart);
        var before = Snapshot.Of(guest);
        var result = guest.Gic.Submit(0, SubmittedCommands.Of(Wrapping));

        Assert.Equal(SubmissionRefusals.QueueMemoryFailed, result.Refusals);
        Assert.Equal(atTheEnd ? AtTheEnd : AtTheStart, result.Range);
        AssertNothingWritten(guest);
        Assert.Equal(before, Snapshot.Of(guest));
    }

    [Fact]
    public void Part_that_cannot_be_taken_back_is_not_written()
    {
        var guest = BeforeTheEnd();
        guest.Memory.FaultReads(AtTheEnd);
        var result = guest.Gic.Submit(0, SubmittedCommands.Of(Wrapping));
        guest.Memory.Heal();

        Assert.Equal((SubmissionRefusals.QueueMemoryFailed, AtTheEnd), (result.Refusals, result.Range));
        AssertNothingWritten(guest);
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void Absent_memory_has_the_host_come_again(bool atTheEnd)
    {
        var guest = BeforeTheEnd();
        var absent = atTheEnd ? AtTheEnd : AtTheStart;
        guest.Memory.MakeAbsent(absent);
        var before = Snapshot.Of(guest);
        var submission = SubmittedCommands.Of(Wrapping);
        guest.Accesses.StartRecording();
        var waiting = guest.Gic.Submit(0, submission);

        Assert.Equal((AccessStatus.NotResident, absent), (waiting.Status, waiting.Range));
        Assert.DoesNotContain(guest.Accesses.StopRecording(), access => access.IsWrite);
        Assert.False(waiting.IsPlaced || submission.IsPlaced);
        Assert.Equal(before, Snapshot.Of(guest));
        guest.Memory.Fetch(waiting.Range);
        AssertNothingWritten(guest);

        Assert.True(guest.Gic.Submit(0, submission).IsPlaced);
        Assert.All(submission.Outcomes(), outcome => Assert.Equal(SubmittedCommandOutcome.Executed, outcome));
    }

    [Fact]
    public void Absent_slot_has_the_submission_wait_and_then_end()
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 0 });
        var submission = guest.Submit(GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 1), GuestCommand.Sync(0));
        guest.Memory.MakeAbsent(new GuestRange(new(Places.Queue() + 32), 32));
        var waiting = guest.Gic.Step(10);

        Assert.Equal(AccessStatus.NotResident, waiting.Status);
        Assert.Equal(
            [
                SubmittedCommandOutcome.Executed, SubmittedCommandOutcome.Waiting, SubmittedCommandOutcome.Waiting,
            ],
            submission.Outcomes());
        Assert.False(submission.IsEnded);

        guest.Memory.Fetch(waiting.Missing);
        guest.Drain();
        Assert.True(submission.IsEnded);
        Assert.All(submission.Outcomes(), outcome => Assert.Equal(SubmittedCommandOutcome.Executed, outcome));
    }

    private static Guest WithQueueAt(ulong address, int pages = 16)
    {
        var guest = Guest.Started();
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Cbaser, Guest.Valid | address | (uint)(pages - 1));
        guest.Gits().Write64(GitsOffset.Cwriter, 0);
        guest.Enable();
        return guest;
    }

    /// <summary>A queue that has two slots left until its end, with something in the free slots.</summary>
    private static Guest BeforeTheEnd()
    {
        var guest = Guest.Started();
        guest.Run([.. Enumerable.Repeat(GuestCommand.Sync(0), ((int)QueueBytes / 32) - 2)]);
        guest.Fill(AtTheEnd.Start.Value, 64, Leftover);
        guest.Fill(AtTheStart.Start.Value, 64, Leftover);
        return guest;
    }

    private static void AssertNothingWritten(Guest guest)
    {
        Assert.All(guest.ReadBytes(AtTheEnd.Start.Value, 64), value => Assert.Equal(Leftover, value));
        Assert.All(guest.ReadBytes(AtTheStart.Start.Value, 64), value => Assert.Equal(Leftover, value));
    }
}
