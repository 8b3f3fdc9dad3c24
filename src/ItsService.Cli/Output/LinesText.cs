using ItsService.Protocol.V1;

namespace ItsService.Cli.Output;

/// <summary>Interrupt lines that changed.</summary>
internal static class LinesText
{
    /// <summary>For people, a line each.</summary>
    public static void Write(TextWriter output, IEnumerable<VcpuLine> changedLines)
    {
        foreach (var line in changedLines)
        {
            output.WriteLine($"vCPU {line.Vcpu}: IRQ {Level(line.IrqAsserted)}, FIQ {Level(line.FiqAsserted)} now");
        }
    }

    /// <summary>For programs.</summary>
    public static IEnumerable<object> ForJson(IEnumerable<VcpuLine> changedLines) =>
        changedLines.Select(line => new { line.Vcpu, line.IrqAsserted, line.FiqAsserted, line.Generation });

    private static string Level(bool isAsserted) => isAsserted ? "asserted" : "deasserted";
}
