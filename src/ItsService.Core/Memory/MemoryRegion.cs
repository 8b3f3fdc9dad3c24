using ItsService.Core.Identifiers;

namespace ItsService.Core.Memory;

/// <summary>One stretch of guest RAM.</summary>
/// <param name="Range">Where it lies.</param>
/// <param name="IsReadOnly">Whether the interrupt controller may only read it.</param>
public readonly record struct MemoryRegion(GuestRange Range, bool IsReadOnly = false);
