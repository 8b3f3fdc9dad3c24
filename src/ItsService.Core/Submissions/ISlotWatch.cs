using ItsService.Core.Commands;

namespace ItsService.Core.Submissions;

/// <summary>
/// What is done with each slot that the ITS has read. Structs without a field, so that the loop which reads slots is
/// compiled for each of the two and has nothing in it where nobody watches.
/// </summary>
internal interface ISlotWatch
{
    static abstract void Note(
        InterruptTranslationService service, uint offset, ReadOnlySpan<byte> slot, CommandError error);
}

/// <summary>All commands are the guest's.</summary>
internal readonly struct NobodyWatches : ISlotWatch
{
    public static void Note(
        InterruptTranslationService service, uint offset, ReadOnlySpan<byte> slot, CommandError error)
    {
    }
}

/// <summary>Some of the slots were submitted.</summary>
internal readonly struct SubmissionsWatch : ISlotWatch
{
    public static void Note(
        InterruptTranslationService service, uint offset, ReadOnlySpan<byte> slot, CommandError error) =>
        service.Submissions.Take(offset, slot, error, service.Queue.IsStalled);
}
