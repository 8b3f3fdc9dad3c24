using System.Runtime.CompilerServices;

namespace ItsService.Client.Sessions;

/// <summary>
/// Which writes a VMM has made to its guests' memory, whichever stream they came on. A service that has not heard of
/// one tells it again, and by then the guest may have put something else in its place.
/// </summary>
internal static class AnsweredMemory
{
    // As long as the VMM has its memory, and no longer.
    private static readonly ConditionalWeakTable<IGuestMemoryProvider, ByVm> Known = [];

    /// <summary>The answers for one VM from one memory.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="vmUid">The VM's: one of the same name that was made anew numbers its writes anew.</param>
    public static MemoryAnswers Of(IGuestMemoryProvider memory, string vmUid) =>
        Known.GetValue(memory, static memory => new ByVm(memory)).Find(vmUid);

    private sealed class ByVm(IGuestMemoryProvider memory)
    {
        private readonly Dictionary<string, MemoryAnswers> _answers = [];

        public MemoryAnswers Find(string vmUid)
        {
            lock (_answers)
            {
                return _answers.TryGetValue(vmUid, out var known)
                    ? known
                    : _answers[vmUid] = new MemoryAnswers(memory);
            }
        }
    }
}
