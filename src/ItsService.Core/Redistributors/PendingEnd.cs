namespace ItsService.Core.Redistributors;

/// <summary>
/// How an LPI stopped being pending: values of <see cref="LpiRecord"/>'s Place, behind that for several vCPUs.
/// </summary>
internal enum PendingEnd : uint
{
    /// <summary>A vCPU has taken it: a read of ICC_IAR1_EL1.</summary>
    Acknowledged = VirtualGicConfiguration.VcpuCountMax + 2,

    /// <summary>Without a vCPU: CLEAR, DISCARD, GICR_CLRLPIR, or LPIs were disabled where it was.</summary>
    TakenAway,
}
