using System.Collections.Immutable;

namespace ItsService.Core.State;

/// <summary>The distributor.</summary>
/// <param name="Group0Enabled">GICD_CTLR.EnableGrp0.</param>
/// <param name="Group1Enabled">GICD_CTLR.EnableGrp1.</param>
/// <param name="SpiBanks">The SPIs by 32, from INTID 32 on.</param>
/// <param name="Routes">GICD_IROUTER&lt;n&gt; of each SPI.</param>
public sealed record DistributorState(
    bool Group0Enabled,
    bool Group1Enabled,
    ImmutableArray<InterruptBankState> SpiBanks,
    ImmutableArray<ulong> Routes);
