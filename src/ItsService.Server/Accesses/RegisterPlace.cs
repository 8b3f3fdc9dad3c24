using ItsService.Core;

namespace ItsService.Server.Accesses;

/// <summary>A checked place of a register access.</summary>
/// <param name="Location">Where.</param>
/// <param name="SizeBytes">1, 2, 4 or 8.</param>
internal readonly record struct RegisterPlace(FrameLocation Location, int SizeBytes);
