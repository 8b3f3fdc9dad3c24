using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.Redistributors;

/// <summary>
/// What the controller remembers of an LPI: its configuration as last read, and the collection through which it was
/// last mapped. Packed as
/// <c>31 Present | 30 ConfigurationKnown | 29 Mapped | 26:24 ITS | 23:8 ICID | 7:0 Configuration</c>.
/// </summary>
internal readonly record struct LpiRecord(uint Raw)
{
    private const int PresentBit = 31;
    private const int KnownBit = 30;
    private const int MappedBit = 29;

    /// <summary>An LPI of which nothing is known but that it is pending.</summary>
    public static LpiRecord Unknown => From(0);

    public bool IsPresent => Value.Bit(PresentBit);

    /// <summary>Whether the configuration has ever been read. Until then the LPI is disabled.</summary>
    public bool IsConfigurationKnown => Value.Bit(KnownBit);

    /// <summary>Whether an event ever mapped it; one that was only pending in a table has no collection.</summary>
    public bool WasMapped => Value.Bit(MappedBit);

    public LpiConfiguration Configuration => new((byte)Value.Field(7, 0));

    /// <summary>The number of the ITS that mapped it.</summary>
    public int Its => (int)Value.Field(26, 24);

    public CollectionId Collection => new((uint)Value.Field(23, 8));

    private ulong Value => Raw;

    public LpiRecord WithConfiguration(LpiConfiguration configuration) =>
        From(Value.WithField(7, 0, configuration.Raw).WithBit(KnownBit, true));

    public LpiRecord WithOwner(int itsNumber, CollectionId collection) =>
        From(Value.WithBit(MappedBit, true).WithField(26, 24, (ulong)itsNumber).WithField(23, 8, collection.Value));

    private static LpiRecord From(ulong value) => new((uint)value.WithBit(PresentBit, true));
}
