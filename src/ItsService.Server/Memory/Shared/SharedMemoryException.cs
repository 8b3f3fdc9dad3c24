namespace ItsService.Server.Memory.Shared;

/// <summary>Why a file cannot be a region's memory, and what could.</summary>
internal sealed class SharedMemoryException(string message, string accepted) : Exception(message)
{
    /// <summary>What would be accepted.</summary>
    public string Accepted => accepted;
}
