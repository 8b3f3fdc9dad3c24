namespace ItsService.Client.Identifiers;

/// <summary>A guest physical address.</summary>
/// <param name="Value">The address.</param>
public readonly record struct GuestAddress(ulong Value)
{
    /// <summary>The address that lies <paramref name="offset"/> bytes higher.</summary>
    public static GuestAddress operator +(GuestAddress address, ulong offset) => new(address.Value + offset);

    /// <summary>The address that lies <paramref name="offset"/> bytes higher.</summary>
    public GuestAddress Add(ulong offset) => this + offset;

    /// <summary>The address as "0x40000000".</summary>
    public override string ToString() => $"0x{Value:x}";
}
