using ItsService.Core.CpuInterface;
using ItsService.Core.Registers;

namespace ItsService.Server.Accesses;

/// <summary>The register maps as they are told to clients.</summary>
internal static class RegisterDescriptions
{
    /// <summary>All of them. Nobody changes it: answers share it.</summary>
    public static V1.ListRegistersResponse All { get; } = new()
    {
        Registers =
        {
            Describe(V1.Frame.Gits, GitsMap.Map),
            Describe(V1.Frame.Gicr, GicrMap.Map),
            Describe(V1.Frame.Gicd, GicdMap.Map),
        },
        SystemRegisters =
        {
            SystemRegisterMap.Rows.Select(row => new V1.SystemRegisterDescription
            {
                Name = row.Name,
                Encoding = (uint)row.Register,
                Access = ToWire(row.Access),
                Fields = { ToWire(row.Fields) },
            }),
        },
    };

    private static IEnumerable<V1.RegisterDescription> Describe(V1.Frame frame, RegisterMap map) =>
        map.Rows.Select(row => new V1.RegisterDescription
        {
            Name = row.Name,
            Frame = frame,
            Offset = (uint)row.Offset,
            WidthBytes = (uint)row.WidthBytes,
            Count = (uint)row.Count,
            StrideBytes = (uint)row.WidthBytes,
            FirstNumber = (uint)row.FirstNumber,
            Access = ToWire(row.Access),
            Fields = { ToWire(row.Fields) },
        });

    private static IEnumerable<V1.RegisterField> ToWire(IEnumerable<RegisterField> fields) =>
        fields.Select(field => new V1.RegisterField
        {
            Name = field.Name,
            HighBit = (uint)field.High,
            LowBit = (uint)field.Low,
        });

    private static V1.RegisterAccess ToWire(RegisterAccess access) => access switch
    {
        RegisterAccess.ReadOnly => V1.RegisterAccess.ReadOnly,
        RegisterAccess.WriteOnly => V1.RegisterAccess.WriteOnly,
        RegisterAccess.WriteOneToClear => V1.RegisterAccess.WriteOneToClear,
        _ => V1.RegisterAccess.ReadWrite,
    };
}
