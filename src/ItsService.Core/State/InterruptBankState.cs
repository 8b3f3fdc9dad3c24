using System.Collections.Immutable;

namespace ItsService.Core.State;

/// <summary>
/// 32 INTIDs of the distributor, or the SGIs and PPIs of a redistributor. A bit for each, INTID 0 first.
/// </summary>
/// <param name="Group1">1 where the INTID is in Group 1.</param>
/// <param name="Enabled">1 where it is enabled.</param>
/// <param name="PendingLatch">1 where it is pending by software or an edge.</param>
/// <param name="Active">1 where it is active.</param>
/// <param name="Priorities">GICD_IPRIORITYR&lt;n&gt;, a byte for each INTID.</param>
/// <param name="Configuration">GICD_ICFGR&lt;n&gt;, two registers.</param>
/// <param name="Level">1 where the device's line is high.</param>
/// <param name="NotifiesEnd">1 where the device wants to be told of the end.</param>
public sealed record InterruptBankState(
    uint Group1,
    uint Enabled,
    uint PendingLatch,
    uint Active,
    ImmutableArray<byte> Priorities,
    ImmutableArray<uint> Configuration,
    uint Level,
    uint NotifiesEnd);
