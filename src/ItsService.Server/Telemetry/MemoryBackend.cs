namespace ItsService.Server.Telemetry;

/// <summary>Guest memory that the service does not own, and so waits for.</summary>
internal enum MemoryBackend
{
    /// <summary>A file of the VMM's.</summary>
    Shared,

    /// <summary>The VMM answers for it.</summary>
    Remote,
}

/// <summary>What is done with it.</summary>
internal enum MemoryAction
{
    Read,

    Write,
}
