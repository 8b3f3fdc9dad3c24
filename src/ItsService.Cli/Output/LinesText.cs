using ItsService.Protocol.V1;

namespace ItsService.Cli.Output;

/// <summary>Interrupt lines that changed, for a person.</summary>
internal static class LinesText
{
    public static void Write(TextWriter output, IEnumerable<VcpuLine> changedLines)
    {
        foreach (var line in changedLines)
        {
            output.WriteLine($"vCPU {line.Vcpu}: IRQ {Level(line.IrqAsserted)}, FIQ {Level(line.FiqAsserted)} now");
        }
    }

    private static string Level(bool isAsserted) => isAsserted ? "asserted" : "deasserted";
}
