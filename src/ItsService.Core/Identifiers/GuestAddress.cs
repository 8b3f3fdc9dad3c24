namespace ItsService.Core.Identifiers;

/// <summary>A guest physical address.</summary>
/// <param name="Value">The address in bytes.</param>
public readonly record struct GuestAddress(ulong Value)
{
    /// <summary>The address <paramref name="byteCount"/> bytes higher; wraps at 2^64, where no memory is.</summary>
    public static GuestAddress operator +(GuestAddress address, ulong byteCount) =>
        new(unchecked(address.Value + byteCount));

    /// <summary>The same as the operator, for languages without it.</summary>
    public static GuestAddress Add(GuestAddress address, ulong byteCount) => address + byteCount;

    /// <summary>Whether the address is a multiple of <paramref name="byteCount"/>, a power of two.</summary>
    public bool IsAligned(ulong byteCount) => (Value & (byteCount - 1)) == 0;
}
