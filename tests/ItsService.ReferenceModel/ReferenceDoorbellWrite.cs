namespace ItsService.ReferenceModel;

/// <summary>A write to an ITS's doorbell that was no message: decision 0004.</summary>
/// <param name="Its">The ITS.</param>
/// <param name="Offset">Where, in bytes from the ITS's base.</param>
/// <param name="SizeBytes">How many bytes.</param>
/// <param name="Value">What was written.</param>
/// <param name="DeviceId">Who wrote, or null if it was a CPU.</param>
public readonly record struct ReferenceDoorbellWrite(int Its, uint Offset, int SizeBytes, ulong Value, uint? DeviceId);
