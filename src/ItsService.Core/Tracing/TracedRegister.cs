namespace ItsService.Core.Tracing;

/// <summary>The registers whose changes are traced, and what of them counts.</summary>
public enum TracedRegister : byte
{
    /// <summary>GITS_CTLR: Enabled, bit 0.</summary>
    GitsCtlr,

    /// <summary>GICR_CTLR: EnableLPIs, bit 0.</summary>
    GicrCtlr,

    /// <summary>GICD_CTLR: EnableGrp0 and EnableGrp1, bits [1:0].</summary>
    GicdCtlr,

    /// <summary>ICC_PMR_EL1: the priority mask, bits [7:0].</summary>
    IccPmr,

    /// <summary>ICC_IGRPEN0_EL1: Enable, bit 0.</summary>
    IccIgrpen0,

    /// <summary>ICC_IGRPEN1_EL1: Enable, bit 0.</summary>
    IccIgrpen1,
}
