namespace ItsService.Qtest;

/// <summary>What a CPU of a machine can be asked to do with its CPU interface.</summary>
public enum CpuOperation
{
    /// <summary>Reads ICC_IAR1_EL1: acknowledges an interrupt.</summary>
    ReadIar1 = 1,

    /// <summary>Writes ICC_EOIR1_EL1: ends an interrupt.</summary>
    WriteEoir1 = 2,

    /// <summary>Reads ICC_HPPIR1_EL1: the highest-priority pending interrupt.</summary>
    ReadHppir1 = 3,

    /// <summary>Writes ICC_PMR_EL1: the priority mask.</summary>
    WritePmr = 4,

    /// <summary>Reads ICC_PMR_EL1.</summary>
    ReadPmr = 5,

    /// <summary>Reads ICC_RPR_EL1: the running priority.</summary>
    ReadRpr = 6,

    /// <summary>Writes ICC_BPR1_EL1: the binary point.</summary>
    WriteBpr1 = 7,

    /// <summary>Reads ICC_BPR1_EL1.</summary>
    ReadBpr1 = 8,

    /// <summary>Writes ICC_DIR_EL1: deactivates an interrupt.</summary>
    WriteDir = 9,

    /// <summary>Reads ICC_AP1R0_EL1: the active priorities.</summary>
    ReadAp1R0 = 10,

    /// <summary>Writes ICC_AP1R0_EL1.</summary>
    WriteAp1R0 = 11,

    /// <summary>Writes ICC_CTLR_EL1.</summary>
    WriteCtlr = 12,

    /// <summary>Reads ICC_CTLR_EL1.</summary>
    ReadCtlr = 13,

    /// <summary>Acknowledges and ends interrupts until there is none to take; its value is how many.</summary>
    Drain = 14,
}
