using ItsService.Core.Memory;
using ItsService.Server.Errors;

namespace ItsService.Server.Checkpoints;

/// <summary>A checkpoint as the API tells of it.</summary>
internal static class CheckpointMessage
{
    /// <summary>A whole one.</summary>
    public static V1.Checkpoint Of(V1.SavedCheckpoint description, CheckpointLayout layout) => new()
    {
        Name = UntrustedText.Shown(description.Name),
        SizeBytes = (ulong)layout.FileBytes,
        CreatedUnixMs = description.CreatedUnixMs,
        SavedBy = UntrustedText.Shown(description.SavedBy),
        Summary = description.Summary,
        MemoryBytes = layout.PageCount * SparseGuestMemory.PageSizeBytes,
    };
}
