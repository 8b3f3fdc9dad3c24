namespace ItsService.Conformance.Tests.Support;

/// <summary>Why a case of userspace is not followed, where it is so for many.</summary>
internal static class Clauses
{
    public const string NothingIsExecuted =
        "The queue is executed for the guest, from CREADR on, each command once. What userspace writes is state: it is"
        + " taken as a whole, in any order, and executes nothing.";

    public const string JudgedAtResume =
        "What depends on one another is staged while the VM is paused and judged as a whole by Resume, which tells"
        + " every problem and changes nothing then.";

    public const string TablesAtResume =
        "RESTORE_TABLES is remembered and done by Resume, which tells every problem and changes nothing then.";

    public const string ReadsInBothStates = "Attributes are read in either run state; writes need a paused VM.";

    public const string CollectionIsKept =
        "An event keeps the number of its collection while that is not mapped, so that MAPC revives it.";

    public const string OneSetOfChecks = "A restore makes the checks of live commands.";
}
