using System.Collections.Frozen;
using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Registers;

namespace ItsService.Server.Accesses;

/// <summary>The registers by the names that the architecture gives them, numbers filled in. Case is ignored.</summary>
internal static class RegisterNames
{
    /// <summary>A register in its kind of frame.</summary>
    /// <param name="Frame">The kind.</param>
    /// <param name="Offset">Bytes from the frame's base.</param>
    /// <param name="WidthBytes">4 or 8.</param>
    internal readonly record struct Place(FrameKind Frame, int Offset, int WidthBytes);

    private static readonly KeyValuePair<string, Place>[] InMapOrder =
    [
        .. Expand(FrameKind.Gits, GitsMap.Map),
        .. Expand(FrameKind.Gicr, GicrMap.Map),
        .. Expand(FrameKind.Gicd, GicdMap.Map),
    ];

    private static readonly string[] MemoryMappedNames = [.. InMapOrder.Select(register => register.Key)];
    private static readonly string[] SystemRegisterNames = [.. SystemRegisterMap.Rows.Select(row => row.Name)];

    /// <summary>The memory-mapped ones.</summary>
    public static FrozenDictionary<string, Place> MemoryMapped { get; } =
        InMapOrder.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those of the CPU interface.</summary>
    public static FrozenDictionary<string, SystemRegister> SystemRegisters { get; } =
        SystemRegisterMap.Rows.ToFrozenDictionary(
            row => row.Name, row => row.Register, StringComparer.OrdinalIgnoreCase);

    /// <summary>The memory-mapped register that was probably meant; empty when none is near.</summary>
    public static string NearestMemoryMapped(string name) =>
        NearestName.Find(name, MemoryMappedNames);

    /// <summary>The system register that was probably meant; empty when none is near.</summary>
    public static string NearestSystem(string name) =>
        NearestName.Find(name, SystemRegisterNames);

    private static IEnumerable<KeyValuePair<string, Place>> Expand(FrameKind frame, RegisterMap map) =>
        map.Rows.SelectMany(
            row => Enumerable.Range(0, row.Count),
            (row, index) => KeyValuePair.Create(
                row.NameOf(index), new Place(frame, row.Offset + (index * row.WidthBytes), row.WidthBytes)));
}
