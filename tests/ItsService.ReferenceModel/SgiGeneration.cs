namespace ItsService.ReferenceModel;

/// <summary>ICC_SGI0R_EL1, ICC_SGI1R_EL1 and ICC_ASGI1R_EL1: rd 10.3.</summary>
internal sealed class SgiGeneration(Machine machine)
{
    /// <summary>
    /// Makes an SGI pending at its targets. One whose group there is not that of the register is not, and targets that
    /// do not exist are left out.
    /// </summary>
    public void Generate(int sender, ulong value, bool group1)
    {
        var sgi = (uint)value.Field(27, 24);
        for (var vcpu = 0; vcpu < machine.VcpuCount; vcpu++)
        {
            var interrupt = machine.Redistributors[vcpu].Interrupts[sgi];
            if (IsTarget(sender, vcpu, value) && interrupt.Group1 == group1)
            {
                interrupt.Latch = true;
            }
        }
    }

    private bool IsTarget(int sender, int vcpu, ulong value)
    {
        // IRM: all but oneself.
        if (value.Bit(40))
        {
            return vcpu != sender;
        }

        var affinity = (ulong)machine.Configuration.Affinities[vcpu];
        var aff0 = affinity.Field(7, 0);
        return affinity.Field(15, 8) == value.Field(23, 16)
            && affinity.Field(23, 16) == value.Field(39, 32)
            && (!machine.Profile.IccAff3Valid || affinity.Field(31, 24) == value.Field(55, 48))
            && aff0 / 16 == (machine.Profile.HasRangeSelector ? value.Field(47, 44) : 0)
            && value.Bit((int)(aff0 % 16));
    }
}
