namespace ItsService.ReferenceModel;

/// <summary>What a command in error does to its queue: docs/command-errors.md, "What an error does".</summary>
public enum ReferenceErrorPolicy
{
    /// <summary>The command is passed over.</summary>
    Continue,

    /// <summary>The queue stops at it.</summary>
    Stall,

    /// <summary>The queue stops at it if guest memory was in the way, and passes it over otherwise.</summary>
    StallOnMemoryError,
}
