namespace ItsService.Core.Submissions;

/// <summary>
/// Why commands could not be put into a queue, which then has not changed. What the guest has not set up is told all at
/// once; room and memory are looked at only in a queue that works.
/// </summary>
[Flags]
public enum SubmissionRefusals
{
    /// <summary>They were put into the queue.</summary>
    None = 0,

    /// <summary>GITS_CBASER.Valid is 0.</summary>
    QueueNotValid = 1,

    /// <summary>GITS_CTLR.Enabled is 0.</summary>
    ItsDisabled = 2,

    /// <summary>GITS_CWRITER is outside the queue, so that nobody can tell where the next command goes.</summary>
    WriteOffsetOutOfRange = 4,

    /// <summary>GITS_CREADR.Stalled is 1.</summary>
    QueueStalled = 8,

    /// <summary>The queue has fewer slots than there are commands, even when it is empty.</summary>
    QueueTooSmall = 16,

    /// <summary>The queue has fewer free slots than there are commands.</summary>
    QueueFull = 32,

    /// <summary>The slots are not wholly in guest RAM that the ITS may write.</summary>
    QueueNotWritable = 64,

    /// <summary>The slots are in guest RAM, and it did not take the commands.</summary>
    QueueMemoryFailed = 128,
}
