using ItsService.Protocol.V1;

namespace ItsService.Client.Injection;

/// <summary>What a VM has taken of one sender, over all its streams.</summary>
/// <param name="Sequence">The number of the last batch; 0 for none.</param>
/// <param name="Accepted">How many messages those were; each is one of the three below.</param>
/// <param name="Pended">Those that made their LPI pending.</param>
/// <param name="Coalesced">Those whose LPI was pending already.</param>
/// <param name="Dropped">Those that an ITS, or a redistributor, dropped.</param>
public readonly record struct MsiAccount(
    ulong Sequence, ulong Accepted, ulong Pended, ulong Coalesced, ulong Dropped)
{
    internal static MsiAccount From(InjectMsisResponse answer) =>
        new(answer.Sequence, answer.Accepted, answer.Pended, answer.Coalesced, answer.Dropped);
}
