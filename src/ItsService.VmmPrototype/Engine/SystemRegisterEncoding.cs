namespace ItsService.VmmPrototype.Engine;

/// <summary>A system register or system instruction: op0[15:14] op1[13:11] CRn[10:7] CRm[6:3] op2[2:0].</summary>
internal readonly record struct SystemRegisterEncoding(uint Value)
{
    public SystemRegisterEncoding(uint op0, uint op1, uint crn, uint crm, uint op2)
        : this((op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2)
    {
    }

    public uint Op0 => Value >> 14;

    public uint Op1 => (Value >> 11) & 7;

    public uint Crn => (Value >> 7) & 15;

    public uint Crm => (Value >> 3) & 15;

    public uint Op2 => Value & 7;

    /// <summary>As an assembler takes it: "S3_0_C12_C12_0".</summary>
    public override string ToString() => $"S{Op0}_{Op1}_C{Crn}_C{Crm}_{Op2}";
}
