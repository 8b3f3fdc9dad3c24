using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.Tests.Support;

/// <summary>
/// All that can be seen of a controller without changing it, one line for each thing, so that two states can be
/// compared and a difference names itself.
/// </summary>
internal static class Snapshot
{
    // The distributor's long arrays hold SPI state, which no LPI operation comes near.
    private const int LongArray = 33;

    public static string[] Of(Guest guest)
    {
        var lines = new List<string>();
        AddRegisters(lines, guest.Gicd, GicdMap.Map);
        for (var vcpu = 0; vcpu < guest.Gic.VcpuCount; vcpu++)
        {
            AddRegisters(lines, guest.Gicr(vcpu), GicrMap.Map);
            AddCpu(lines, guest, vcpu);
        }

        for (var its = 0; its < guest.Gic.ItsCount; its++)
        {
            AddRegisters(lines, guest.Gits(its), GitsMap.Map);
            AddMappings(lines, guest.Gic.Inspection, its);
        }

        return [.. lines];
    }

    /// <summary>
    /// The same but for the queue's pointers and Quiescent, which a command in error moves like any other.
    /// </summary>
    public static string[] WithoutQueue(Guest guest) =>
        [.. Of(guest).Where(line => !line.Contains("GITS_CREADR", StringComparison.Ordinal)
            && !line.Contains("GITS_CWRITER", StringComparison.Ordinal)
            && !line.Contains("GITS_CTLR", StringComparison.Ordinal))];

    private static void AddRegisters(List<string> lines, RegisterPort port, RegisterMap map)
    {
        foreach (var row in map.Rows.Where(row => row.Count < LongArray))
        {
            for (var index = 0; index < row.Count; index++)
            {
                var value = port.Read(row.Offset + (index * row.WidthBytes), row.WidthBytes);
                lines.Add($"{port.Frame} {port.Index} {row.NameOf(index)} {value:x}");
            }
        }
    }

    private static void AddCpu(List<string> lines, Guest guest, int vcpu)
    {
        foreach (var row in SystemRegisterMap.Rows.Where(row => row.Register != SystemRegister.IccIar1))
        {
            lines.Add($"cpu {vcpu} {row.Name} {guest.Cpu(vcpu).Read(row.Register):x}");
        }

        lines.Add($"cpu {vcpu} asserted {guest.Cpu(vcpu).IsAsserted}");
        lines.Add($"cpu {vcpu} {guest.Gic.Inspection.Redistributor(new VcpuIndex(vcpu))}");
        lines.AddRange(
            guest.Gic.Inspection.PendingLpis(new VcpuIndex(vcpu)).Select(pending => $"cpu {vcpu} {pending}"));
    }

    private static void AddMappings(List<string> lines, GicInspection inspection, int its)
    {
        lines.AddRange(inspection.Collections(its).Select(collection => $"its {its} {collection}"));
        foreach (var device in inspection.Devices(its))
        {
            lines.Add($"its {its} {device}");
            lines.AddRange(inspection.Events(its, device.Device).Select(e => $"its {its} {device.Device} {e}"));
        }
    }
}
