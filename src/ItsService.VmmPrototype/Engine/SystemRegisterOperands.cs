namespace ItsService.VmmPrototype.Engine;

/// <summary>The engine's uc_arm64_cp_reg: fields in its order.</summary>
internal readonly struct SystemRegisterOperands(SystemRegisterEncoding register, ulong value)
{
    private readonly uint _crn = register.Crn;
    private readonly uint _crm = register.Crm;
    private readonly uint _op0 = register.Op0;
    private readonly uint _op1 = register.Op1;
    private readonly uint _op2 = register.Op2;

    public ulong Value { get; } = value;

    public SystemRegisterEncoding Encoding => new(_op0, _op1, _crn, _crm, _op2);
}
