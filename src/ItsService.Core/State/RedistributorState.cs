using System.Collections.Immutable;

namespace ItsService.Core.State;

/// <summary>One vCPU's redistributor.</summary>
/// <param name="LpisEnabled">GICR_CTLR.EnableLPIs.</param>
/// <param name="IsAsleep">GICR_WAKER's state, where the profile has one.</param>
/// <param name="Propbaser">GICR_PROPBASER as written; where it is shared, that of vCPU 0 stands for all.</param>
/// <param name="PropbaserInForce">GICR_PROPBASER as it was when LPIs were enabled last.</param>
/// <param name="Pendbaser">GICR_PENDBASER with PTZ, which reads 0.</param>
/// <param name="PrivateInterrupts">SGIs and PPIs.</param>
/// <param name="PendingLpis">The pending LPIs, in ascending order.</param>
/// <param name="Group0BarredFromOneOfN">GICR_CTLR.DPG0.</param>
/// <param name="Group1BarredFromOneOfN">GICR_CTLR.DPG1NS.</param>
public sealed record RedistributorState(
    bool LpisEnabled,
    bool IsAsleep,
    ulong Propbaser,
    ulong PropbaserInForce,
    ulong Pendbaser,
    InterruptBankState PrivateInterrupts,
    ImmutableArray<uint> PendingLpis,
    bool Group0BarredFromOneOfN,
    bool Group1BarredFromOneOfN);
