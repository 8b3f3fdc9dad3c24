using System.Collections.Immutable;

namespace ItsService.Core.State;

/// <summary>One vCPU's CPU interface (redistributor-lpi section 9).</summary>
/// <param name="PriorityMask">ICC_PMR_EL1.</param>
/// <param name="BinaryPoint0">ICC_BPR0_EL1.</param>
/// <param name="BinaryPoint1">ICC_BPR1_EL1 as kept, whatever ICC_CTLR_EL1.CBPR lets software read.</param>
/// <param name="Control">The writable bits of ICC_CTLR_EL1.</param>
/// <param name="Group0Enabled">ICC_IGRPEN0_EL1.</param>
/// <param name="Group1Enabled">ICC_IGRPEN1_EL1.</param>
/// <param name="ActivePriorities0">ICC_AP0R&lt;n&gt;_EL1, four.</param>
/// <param name="ActivePriorities1">ICC_AP1R&lt;n&gt;_EL1, four.</param>
public sealed record CpuInterfaceState(
    byte PriorityMask,
    int BinaryPoint0,
    int BinaryPoint1,
    ulong Control,
    bool Group0Enabled,
    bool Group1Enabled,
    ImmutableArray<uint> ActivePriorities0,
    ImmutableArray<uint> ActivePriorities1);
