namespace ItsService.VmmPrototype.Running;

/// <summary>How the service reaches the guest's RAM.</summary>
public enum MemoryKind
{
    /// <summary>
    /// The service has memory of its own; this VMM keeps the interrupt controller's tables alike in both.
    /// </summary>
    Hosted,

    /// <summary>The RAM is a file beneath a directory that the service shares memory in, on the same machine.</summary>
    Shared,

    /// <summary>This VMM answers for its guest's RAM on the stream of its session.</summary>
    Remote,
}
