namespace ItsService.VmmPrototype;

/// <summary>Why a machine does not run any more.</summary>
public enum MachineEnd
{
    /// <summary>The guest has switched it off.</summary>
    PoweredOff,

    /// <summary>The guest has asked for a restart, which ends it as well.</summary>
    Restarted,

    /// <summary>Whoever runs it has stopped it.</summary>
    Stopped,
}
