namespace ItsService.Server.Telemetry;

/// <summary>In which form a state is saved, or given back.</summary>
internal enum StateForm
{
    /// <summary>State.Save and State.Restore: bytes of our own.</summary>
    Blob,

    /// <summary>State.Export and State.Import: device attributes.</summary>
    Export,

    /// <summary>A file in the state directory, with hosted memory.</summary>
    Checkpoint,
}
