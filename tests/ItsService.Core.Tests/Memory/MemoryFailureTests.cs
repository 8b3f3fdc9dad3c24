using ItsService.Core.Identifiers;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Memory;

/// <summary>
/// Every operation against every access that it makes: absent memory means that nothing happened and that the same
/// operation succeeds after the fetch; a fault means no partial effect.
/// </summary>
public class MemoryFailureTests
{
    public static TheoryData<string> Operations => MemoryOperation.Names;

    public static TheoryData<string> StrictOperations => MemoryOperation.NamesOfStrict;

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_reads_everything_before_it_writes(string name)
    {
        var (_, _, accesses) = RunUndisturbed(MemoryOperation.Named(name));

        Assert.NotEmpty(accesses);
        Assert.Equal(accesses.OrderBy(access => access.IsWrite), accesses);
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Absent_memory_has_the_operation_wait_with_nothing_done(string name)
    {
        var operation = MemoryOperation.Named(name);
        var (before, after, accesses) = RunUndisturbed(operation);
        foreach (var access in accesses)
        {
            var guest = operation.NewGuest();
            guest.Memory.MakeAbsent(access.Range);
            var waiting = operation.Run(guest);

            Assert.Equal(AccessStatus.NotResident, waiting.Status);
            Assert.True(waiting.Missing.Contains(access.Range), $"{waiting.Missing} for {access.Range}");
            Assert.Equal(before, Snapshot.Of(guest));
            Assert.Equal(0, guest.Gic.Events.Count);
            Assert.Equal(operation.IsCommand, guest.Gic.HasRunnableCommands);

            guest.Memory.Fetch(waiting.Missing);
            Assert.Equal(AccessStatus.Ok, operation.Run(guest).Status);
            Assert.Equal(after, StateAndEvents(guest));
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Memory_fetched_piece_by_piece_ends_in_the_same_state(string name)
    {
        var operation = MemoryOperation.Named(name);
        var (_, after, accesses) = RunUndisturbed(operation);
        var guest = operation.NewGuest();
        foreach (var access in accesses)
        {
            guest.Memory.MakeAbsent(access.Range);
        }

        var fetches = 0;
        while (operation.Run(guest) is { Status: AccessStatus.NotResident } waiting)
        {
            guest.Memory.Fetch(waiting.Missing);
            Assert.True(++fetches <= accesses.Length);
        }

        // What is asked for may cover more than the first access: a fetch begins the whole operation again.
        Assert.InRange(fetches, 1, accesses.Select(access => access.Range).Distinct().Count());
        Assert.Equal(after, StateAndEvents(guest));
    }

    [Theory]
    [MemberData(nameof(StrictOperations))]
    public void Fault_leaves_no_partial_effect(string name)
    {
        var operation = MemoryOperation.Named(name);
        var (_, _, accesses) = RunUndisturbed(operation);
        foreach (var access in accesses)
        {
            var guest = operation.NewGuest();
            var before = Snapshot.WithoutQueue(guest);
            Fault(guest, access);

            Assert.Equal(AccessStatus.Ok, operation.Run(guest).Status);
            AssertUnchangedButForWhatCouldBeRead(before, guest, name);
            Assert.NotEqual(0, guest.Gic.Events.Count);
            Assert.False(guest.Gic.HasRunnableCommands);
        }
    }

    [Theory]
    [InlineData("MOVI with an unread configuration", "EventSummary { Event = EventId { Value = 11 }")]
    [InlineData("MAPC V=1 with unread configurations", "(CollectionId { Value = 9 }")]
    public void Unreadable_configuration_of_an_lpi_that_comes_is_reported_and_the_move_done(string name, string changed)
    {
        var operation = MemoryOperation.Named(name);
        var (before, after, _) = RunUndisturbed(operation);
        var guest = operation.NewGuest();
        guest.Memory.FaultReads(new GuestRange(new GuestAddress(Places.ConfigurationTable), 0x1000));
        operation.Run(guest);

        Assert.Equal(Events.GicEventKind.ConfigurationUnreadable, Assert.Single(guest.TakeEvents()).Kind);
        Assert.Equal(after, StateAndEvents(guest));
        Assert.Contains(
            Snapshot.Of(guest).Except(before), line => line.Contains(changed, StringComparison.Ordinal));
    }

    [Fact]
    public void Memory_that_does_not_say_what_is_missing_holds_the_command_up_all_the_same()
    {
        var guest = Guest.Started(new GuestOptions { InlineCommandsMax = 0 });
        guest.Publish(0, GuestCommand.Mapc(0, 0));
        guest.Accesses.IsSilentlyAbsent = true;

        var waiting = guest.Gic.Step(10);
        guest.Accesses.IsSilentlyAbsent = false;

        Assert.Equal(new StepResult(AccessStatus.NotResident, 0, HasMore: true), waiting);
        Assert.Equal(0UL, guest.Creadr());
        guest.Drain();
        Assert.Equal(1, guest.Gic.Inspection.Its(0).CollectionCount);
    }

    [Fact]
    public void Absent_memory_holds_up_one_its_and_not_the_other()
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = 2, InlineCommandsMax = 0 });
        guest.Memory.MakeAbsent(new GuestRange(new GuestAddress(Places.Queue(0)), 32));
        guest.Publish(0, GuestCommand.Mapc(0, 0));
        guest.Publish(1, GuestCommand.Mapc(0, 0));
        var result = guest.Gic.Step(10);

        Assert.Equal(
            new StepResult(AccessStatus.NotResident, 1, HasMore: true, new(new(Places.Queue(0)), 32)), result);
        Assert.Equal(0UL, guest.Creadr(0));
        Assert.Equal(0x20UL, guest.Creadr(1));
    }

    [Fact]
    public void Cwriter_write_ends_well_and_leaves_the_command_waiting()
    {
        var guest = Guest.Started();
        guest.Memory.MakeAbsent(new GuestRange(new GuestAddress(Places.Queue() + 32), 32));
        guest.Publish(0, GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 1));

        Assert.Equal(0x20UL, guest.Creadr());
        Assert.True(guest.Gic.HasRunnableCommands);
        Assert.Equal(1UL, guest.Gits().Read32(GitsOffset.Ctlr)); // not quiescent

        guest.Memory.Fetch(guest.Gic.Step(1).Missing);
        guest.Drain();

        Assert.Equal(2, guest.Gic.Inspection.Its(0).CollectionCount);
    }

    [Fact]
    public void Message_to_a_mapped_event_reads_no_memory()
    {
        var guest = Guest.Started();
        guest.Map(0, 0, 8192);
        guest.Accesses.StartRecording();
        guest.Signal(0, 0);
        guest.Signal(0, 1);
        guest.Cpu(0).TakeAll();

        Assert.Empty(guest.Accesses.StopRecording());
    }

    private static (string[] Before, string[] After, MemoryAccess[] Accesses) RunUndisturbed(MemoryOperation operation)
    {
        var guest = operation.NewGuest();
        var before = Snapshot.Of(guest);
        guest.Accesses.StartRecording();
        Assert.Equal(AccessStatus.Ok, operation.Run(guest).Status);
        var accesses = guest.Accesses.StopRecording();
        return (before, StateAndEvents(guest), accesses);
    }

    private static string[] StateAndEvents(Guest guest) =>
        [.. Snapshot.Of(guest), .. guest.TakeErrors().Select(error => error.ToString())];

    private static void Fault(Guest guest, MemoryAccess access)
    {
        if (access.IsWrite)
        {
            guest.Memory.FaultWrites(access.Range);
        }
        else
        {
            guest.Memory.FaultReads(access.Range);
        }
    }

    /// <summary>INVALL and INVALLR may take what they can read; the rest keeps the configuration that it had.</summary>
    private static void AssertUnchangedButForWhatCouldBeRead(string[] before, Guest guest, string name)
    {
        var after = Snapshot.WithoutQueue(guest);
        if (!name.StartsWith("INVALL", StringComparison.Ordinal))
        {
            Assert.Equal(before, after);
            return;
        }

        Assert.All(after.Except(before), line => Assert.True(IsAboutAnLpi(line), line));
    }

    private static bool IsAboutAnLpi(string line) =>
        line.Contains("PendingLpiSummary", StringComparison.Ordinal)
        || line.Contains("asserted", StringComparison.Ordinal)
        || line.Contains("HPPIR1", StringComparison.Ordinal);
}
