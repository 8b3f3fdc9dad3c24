using ItsService.Core;

namespace ItsService.Simulation.Running;

/// <summary>
/// Which registers the reference has. The others only keep what software configures for SGIs, PPIs and SPIs; a step may
/// access them, to show that LPIs do not mind, and what a read of one returns is not compared.
/// </summary>
internal static class ModelledRegisters
{
    private const int SgiBase = 0x1_0000;
    private const int FirstOfDistributorsBanks = 0x0080;
    private const int LastOfDistributorsBanks = 0x7FFF;

    public static bool Contains(FrameKind frame, int offset) => frame switch
    {
        FrameKind.Gicd => offset is < FirstOfDistributorsBanks or > LastOfDistributorsBanks,
        FrameKind.Gicr => offset < SgiBase,
        _ => true,
    };
}
