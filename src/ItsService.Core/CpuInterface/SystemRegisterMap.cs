using ItsService.Core.Registers;

namespace ItsService.Core.CpuInterface;

/// <summary>The system registers of the CPU interface as rows of data: redistributor-lpi section 9.</summary>
public static class SystemRegisterMap
{
    private static readonly RegisterField[] IntIdField = [new("INTID", 23, 0)];
    private static readonly RegisterField[] PriorityField = [new("Priority", 7, 0)];
    private static readonly RegisterField[] BinaryPointField = [new("BinaryPoint", 2, 0)];
    private static readonly RegisterField[] SgiFields =
    [
        new("Aff3", 55, 48), new("RS", 47, 44), new("IRM", 40, 40), new("Aff2", 39, 32), new("INTID", 27, 24),
        new("Aff1", 23, 16), new("TargetList", 15, 0),
    ];

    private static readonly RegisterField[] EnableField = [new("Enable", 0, 0)];

    /// <summary>The rows, by encoding.</summary>
    public static IReadOnlyList<SystemRegisterRow> Rows { get; } =
    [
        new(SystemRegister.IccPmr, "ICC_PMR_EL1", RegisterAccess.ReadWrite, PriorityField),
        new(SystemRegister.IccIar0, "ICC_IAR0_EL1", RegisterAccess.ReadOnly, IntIdField),
        new(SystemRegister.IccEoir0, "ICC_EOIR0_EL1", RegisterAccess.WriteOnly, IntIdField),
        new(SystemRegister.IccHppir0, "ICC_HPPIR0_EL1", RegisterAccess.ReadOnly, IntIdField),
        new(SystemRegister.IccBpr0, "ICC_BPR0_EL1", RegisterAccess.ReadWrite, BinaryPointField),
        new(SystemRegister.IccAp0R0, "ICC_AP0R0_EL1", RegisterAccess.ReadWrite, []),
        new(SystemRegister.IccAp0R1, "ICC_AP0R1_EL1", RegisterAccess.ReadWrite, []),
        new(SystemRegister.IccAp0R2, "ICC_AP0R2_EL1", RegisterAccess.ReadWrite, []),
        new(SystemRegister.IccAp0R3, "ICC_AP0R3_EL1", RegisterAccess.ReadWrite, []),
        new(SystemRegister.IccAp1R0, "ICC_AP1R0_EL1", RegisterAccess.ReadWrite, []),
        new(SystemRegister.IccAp1R1, "ICC_AP1R1_EL1", RegisterAccess.ReadWrite, []),
        new(SystemRegister.IccAp1R2, "ICC_AP1R2_EL1", RegisterAccess.ReadWrite, []),
        new(SystemRegister.IccAp1R3, "ICC_AP1R3_EL1", RegisterAccess.ReadWrite, []),
        new(SystemRegister.IccDir, "ICC_DIR_EL1", RegisterAccess.WriteOnly, IntIdField),
        new(SystemRegister.IccRpr, "ICC_RPR_EL1", RegisterAccess.ReadOnly, PriorityField),
        new(SystemRegister.IccSgi1R, "ICC_SGI1R_EL1", RegisterAccess.WriteOnly, SgiFields),
        new(SystemRegister.IccAsgi1R, "ICC_ASGI1R_EL1", RegisterAccess.WriteOnly, SgiFields),
        new(SystemRegister.IccSgi0R, "ICC_SGI0R_EL1", RegisterAccess.WriteOnly, SgiFields),
        new(SystemRegister.IccIar1, "ICC_IAR1_EL1", RegisterAccess.ReadOnly, IntIdField),
        new(SystemRegister.IccEoir1, "ICC_EOIR1_EL1", RegisterAccess.WriteOnly, IntIdField),
        new(SystemRegister.IccHppir1, "ICC_HPPIR1_EL1", RegisterAccess.ReadOnly, IntIdField),
        new(SystemRegister.IccBpr1, "ICC_BPR1_EL1", RegisterAccess.ReadWrite, BinaryPointField),
        new(SystemRegister.IccCtlr, "ICC_CTLR_EL1", RegisterAccess.ReadWrite,
        [
            new("ExtRange", 19, 19), new("RSS", 18, 18), new("A3V", 15, 15), new("SEIS", 14, 14), new("IDbits", 13, 11),
            new("PRIbits", 10, 8), new("PMHE", 6, 6), new("EOImode", 1, 1), new("CBPR", 0, 0),
        ]),
        new(SystemRegister.IccSre, "ICC_SRE_EL1", RegisterAccess.ReadWrite,
            [new("DIB", 2, 2), new("DFB", 1, 1), new("SRE", 0, 0)]),
        new(SystemRegister.IccIgrpen0, "ICC_IGRPEN0_EL1", RegisterAccess.ReadWrite, EnableField),
        new(SystemRegister.IccIgrpen1, "ICC_IGRPEN1_EL1", RegisterAccess.ReadWrite, EnableField),
    ];

    /// <summary>The row of an encoding, or null.</summary>
    public static SystemRegisterRow? Find(SystemRegister register)
    {
        foreach (var row in Rows)
        {
            if (row.Register == register)
            {
                return row;
            }
        }

        return null;
    }
}
