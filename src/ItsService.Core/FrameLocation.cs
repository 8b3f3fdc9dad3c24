namespace ItsService.Core;

/// <summary>A place in the controller's registers, whether or not its frame has an address.</summary>
/// <param name="Frame">Which kind of frame.</param>
/// <param name="Index">
/// The vCPU's index for a redistributor, the ITS's number for an ITS, 0 for the distributor.
/// </param>
/// <param name="Offset">Bytes from the frame's base.</param>
public readonly record struct FrameLocation(FrameKind Frame, int Index, int Offset);
