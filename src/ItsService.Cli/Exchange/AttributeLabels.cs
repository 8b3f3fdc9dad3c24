using System.Globalization;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Exchange;

/// <summary>What attributes are called, as `attr get` takes it: "its:0" and "GITS_CBASER".</summary>
/// <param name="registers">The service's registers.</param>
/// <param name="affinities">Of each vCPU.</param>
internal sealed class AttributeLabels(ListRegistersResponse registers, IReadOnlyList<uint> affinities)
{
    private const uint DistributorGroup = 1;
    private const uint RedistributorGroup = 5;
    private const uint SystemRegisterGroup = 6;
    private const uint LevelGroup = 7;
    private const uint ItsGroup = 8;

    private readonly Dictionary<uint, int> _vcpus = Enumerable.Range(0, affinities.Count)
        .GroupBy(vcpu => affinities[vcpu]).ToDictionary(group => group.Key, group => group.First());

    /// <summary>"gic", "its:0" or "cpu:1".</summary>
    public string DeviceOf(DeviceAttribute attribute) =>
        attribute.HasIts ? string.Create(CultureInfo.InvariantCulture, $"its:{attribute.Its}")
        : attribute.Group is RedistributorGroup or SystemRegisterGroup or LevelGroup
            && _vcpus.TryGetValue((uint)(attribute.Attr >> 32), out var vcpu)
            ? string.Create(CultureInfo.InvariantCulture, $"cpu:{vcpu}")
        : "gic";

    /// <summary>The name; of a register's upper half with [63:32].</summary>
    public string NameOf(DeviceAttribute attribute) => (attribute.HasIts, attribute.Group, attribute.Attr) switch
    {
        (false, 0, 2) => "DIST",
        (false, 0, 3) => "REDIST",
        (false, 0, 5) => "REDIST_REGION",
        (true, 0, 4) => "ITS",
        (_, 4, 0) => "INIT",
        (true, 4, 2) => "RESTORE_TABLES",
        (false, DistributorGroup, _) => RegisterAt(Frame.Gicd, (uint)attribute.Attr),
        (false, RedistributorGroup, _) => RegisterAt(Frame.Gicr, (uint)attribute.Attr),
        (true, ItsGroup, _) => RegisterAt(Frame.Gits, attribute.Attr),
        (false, SystemRegisterGroup, _) => registers.SystemRegisters
            .FirstOrDefault(register => register.Encoding == (ushort)attribute.Attr)?.Name ?? "",
        (false, LevelGroup, _) => string.Create(CultureInfo.InvariantCulture, $"LEVEL_INFO{(uint)attribute.Attr}"),
        _ => "",
    };

    private string RegisterAt(Frame frame, ulong offset)
    {
        foreach (var row in registers.Registers.Where(row => row.Frame == frame))
        {
            var count = Math.Max(1, row.Count);
            var stride = row.Count > 1 ? row.StrideBytes : row.WidthBytes;
            if (offset >= row.Offset && offset < row.Offset + ((ulong)count * stride))
            {
                var number = row.FirstNumber + ((offset - row.Offset) / stride);
                var isHigh = (offset - row.Offset) % stride >= 4;
                return row.Name.Replace("<n>", $"{number}", StringComparison.Ordinal) + (isHigh ? "[63:32]" : "");
            }
        }

        return "";
    }
}
