using System.Runtime.InteropServices;

namespace ItsService.Core.State;

/// <summary>
/// A mapped event (an ITE). There may be a million of them, so that they lie in memory as they are written: three
/// 32-bit numbers.
/// </summary>
/// <param name="Event">Its EventID.</param>
/// <param name="Lpi">The LPI that it is.</param>
/// <param name="Collection">The ICID that it belongs to, mapped or not.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct EventState(uint Event, uint Lpi, uint Collection);
