using ItsService.Core.Identifiers;

namespace ItsService.Core.Submissions;

/// <summary>How <see cref="VirtualGic.Submit"/> took commands.</summary>
/// <param name="Status">Ok; otherwise nothing has happened: come again with the same submission.</param>
/// <param name="Refusals">Why the commands are not in the queue; None when they are.</param>
/// <param name="Range">
/// The memory concerned: what to fetch, when not resident; the slots, when they could not be written.
/// </param>
public readonly record struct SubmitResult(
    AccessStatus Status, SubmissionRefusals Refusals = SubmissionRefusals.None, GuestRange Range = default)
{
    /// <summary>Whether the commands are in the queue.</summary>
    public bool IsPlaced => Status == AccessStatus.Ok && Refusals == SubmissionRefusals.None;

    /// <summary>How many commands the queue holds when it is full, when there was a queue to look at.</summary>
    public int Capacity { get; init; }

    /// <summary>How many more it would have taken.</summary>
    public int FreeSlots { get; init; }
}
