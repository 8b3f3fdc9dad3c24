namespace ItsService.Server.Memory.Remote;

/// <summary>A stream on which a VMM answers for its guest's memory.</summary>
internal interface IMemoryServer
{
    /// <summary>Who it is, for a person.</summary>
    string Description { get; }

    /// <summary>There is something to take from <see cref="MemoryRequests"/>. Never waits, and may be called anywhere.
    /// </summary>
    void Wake();
}
