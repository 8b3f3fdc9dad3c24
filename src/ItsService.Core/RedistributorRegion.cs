using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core;

/// <summary>A run of redistributors in guest physical memory.</summary>
/// <param name="Base">The first one's RD_base.</param>
/// <param name="Count">How many.</param>
public readonly record struct RedistributorRegion(GuestAddress Base, int Count)
{
    /// <summary>The addresses it takes.</summary>
    public GuestRange Range => new(Base, (ulong)Count * GicrMap.FrameSizeBytes);
}
