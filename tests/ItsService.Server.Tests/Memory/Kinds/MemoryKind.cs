namespace ItsService.Server.Tests.Memory.Kinds;

/// <summary>Where a guest's RAM is, and who answers for it.</summary>
public enum MemoryKind
{
    /// <summary>In the service.</summary>
    Hosted,

    /// <summary>In a file.</summary>
    Shared,

    /// <summary>In the VMM, on a stream of its own.</summary>
    Served,

    /// <summary>In the VMM, on the stream of its session.</summary>
    Session,
}
