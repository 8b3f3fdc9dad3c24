namespace ItsService.Core.Identifiers;

/// <summary>A range of guest physical addresses.</summary>
/// <param name="Start">The first address.</param>
/// <param name="LengthBytes">How many bytes; 0 is the empty range.</param>
public readonly record struct GuestRange(GuestAddress Start, ulong LengthBytes)
{
    /// <summary>Whether the range runs past the end of the 64-bit address space.</summary>
    public bool Wraps => LengthBytes != 0 && unchecked(Start.Value + (LengthBytes - 1)) < Start.Value;

    /// <summary>Whether <paramref name="address"/> lies in the range.</summary>
    public bool Contains(GuestAddress address) => unchecked(address.Value - Start.Value) < LengthBytes;

    /// <summary>Whether all of <paramref name="other"/> lies in the range.</summary>
    public bool Contains(GuestRange other) =>
        !other.Wraps && Contains(other.Start)
        && other.LengthBytes <= LengthBytes - unchecked(other.Start.Value - Start.Value);

    /// <summary>Whether the two have an address in common.</summary>
    public bool Overlaps(GuestRange other) =>
        LengthBytes != 0 && other.LengthBytes != 0 && (Contains(other.Start) || other.Contains(Start));
}
