using System.Runtime.InteropServices;
using ItsService.Client.Identifiers;

namespace ItsService.Client.Injection;

/// <summary>One message to an ITS, as it lies in a batch: 8 bytes.</summary>
/// <param name="Device">Who sends.</param>
/// <param name="Event">Which of its interrupts.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public readonly record struct MsiRecord(DeviceId Device, EventId Event);
