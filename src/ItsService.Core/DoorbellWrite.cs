using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core;

/// <summary>Which writes to an ITS's frames are messages (gits-registers section 12).</summary>
internal static class DoorbellWrite
{
    /// <summary>Whether the access is one of GITS_TRANSLATER; it is a message when a device makes it.</summary>
    public static bool IsMessage(FrameLocation location, int sizeBytes) =>
        location is { Frame: FrameKind.Gits, Offset: GitsMap.TranslaterOffset } && sizeBytes is 2 or 4;

    /// <summary>
    /// Whether a write that is no message was most likely meant as one: it touches GITS_TRANSLATER, or a device makes
    /// it in the frame where that is.
    /// </summary>
    public static bool IsLost(FrameLocation location, int sizeBytes, DeviceId? requester)
    {
        const int End = GitsMap.TranslaterOffset + sizeof(uint);
        return location.Frame == FrameKind.Gits
            && location.Offset >= GitsMap.TranslationFrameOffset
            && (requester is not null
                || (location.Offset < End && location.Offset + sizeBytes > GitsMap.TranslaterOffset));
    }
}
