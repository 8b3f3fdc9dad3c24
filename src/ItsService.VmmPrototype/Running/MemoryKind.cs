namespace ItsService.VmmPrototype.Running;

/// <summary>How the service reaches the guest's RAM.</summary>
public enum MemoryKind
{
    /// <summary>
    /// The service has memory of its own; this VMM keeps the interrupt controller's tables alike in both.
    /// </summary>
    Hosted,
}
