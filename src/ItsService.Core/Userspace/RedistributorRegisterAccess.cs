using ItsService.Core.Redistributors;
using ItsService.Core.Registers;

namespace ItsService.Core.Userspace;

/// <summary>
/// KVM's REDIST_REGS (kvm-uapi section 7). GICR_CTLR.EnableLPIs, GICR_PROPBASER and GICR_PENDBASER depend on one
/// another and are staged; the rest takes its values at once, which nobody sees before the VM runs.
/// </summary>
internal readonly struct RedistributorRegisterAccess(
    GicParts parts, Redistributor redistributor, UserspaceStage stage)
{
    private RedistributorStage Own => stage.Redistributors[redistributor.Index.Value];

    public static UserspaceResult Find(uint offset, out RegisterRow? row) =>
        WordAccess.Find(GicrMap.Map, "redistributor", offset, out row);

    public ulong Read(RegisterRow row, uint offset) => row.Id switch
    {
        RegisterId.GicrCtlr => redistributor.ReadRegister(row, 0)
            .WithBit(0, Own.EnableLpis ?? redistributor.LpisEnabled),
        RegisterId.GicrPropbaser => Half(Propbaser(row), row, offset),
        RegisterId.GicrPendbaser => Half(new GicrPendbaser(Pendbaser(row)).AsRead, row, offset),
        _ => WordAccess.Read(GicrMap.Map, redistributor, row, offset),
    };

    public void Write(RegisterRow row, uint offset, uint value)
    {
        var policy = parts.Profile.AttributePolicy;
        switch (row.Id)
        {
            case RegisterId.GicrCtlr:
                Own.EnableLpis = (value & 1) != 0;
                redistributor.SetParticipation(value);
                break;
            case RegisterId.GicrPropbaser:
                var propbaser = WithHalf(Propbaser(row), row, offset, value) & row.WritableMask;
                Own.Propbaser = new GicrPropbaser(propbaser).Sanitized(policy).Raw;
                break;
            case RegisterId.GicrPendbaser:
                var pendbaser = WithHalf(Pendbaser(row), row, offset, value) & row.WritableMask;
                Own.Pendbaser = new GicrPendbaser(pendbaser).Sanitized(policy).Raw;
                break;
            default:
                WordAccess.Write(GicrMap.Map, redistributor, row, offset, value);
                break;
        }
    }

    /// <summary>
    /// While LPIs are enabled the value in use, whatever another vCPU has written to a shared register since: so the
    /// tables that go with it are found again where it is restored.
    /// </summary>
    private ulong Propbaser(RegisterRow row) =>
        Own.Propbaser
        ?? (Own.IsFixed(redistributor) ? redistributor.ConfigurationTable.Raw
            : (parts.Profile.SharedPropbaser ? stage.SharedPropbaser(parts) : null)
                ?? redistributor.ReadRegister(row, 0));

    /// <summary>With PTZ, which reads zero and is kept when the low half is written.</summary>
    private ulong Pendbaser(RegisterRow row) => Own.Pendbaser ?? redistributor.ReadStored(row, 0);

    private static int Shift(RegisterRow row, uint offset) => (int)offset == row.Offset ? 0 : 32;

    private static ulong Half(ulong value, RegisterRow row, uint offset) => (uint)(value >> Shift(row, offset));

    private static ulong WithHalf(ulong before, RegisterRow row, uint offset, uint value) =>
        (before & ~((ulong)uint.MaxValue << Shift(row, offset))) | ((ulong)value << Shift(row, offset));
}
