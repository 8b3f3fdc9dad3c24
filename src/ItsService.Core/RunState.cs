namespace ItsService.Core;

/// <summary>A VM is one of the two.</summary>
public enum RunState
{
    /// <summary>Guest accesses, MSIs and commands happen.</summary>
    Running,

    /// <summary>Nothing happens; state can be looked at.</summary>
    Paused,
}
