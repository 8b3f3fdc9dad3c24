namespace ItsService.ReferenceModel;

/// <summary>RD_base, rd 2 to 5, and SGI_base, rd 6.</summary>
internal sealed class RedistributorRegisters(Machine machine, Redistributor redistributor)
{
    private const uint Ctlr = 0x0000;
    private const uint Iidr = 0x0004;
    private const uint Typer = 0x0008;
    private const uint Waker = 0x0014;
    private const uint Setlpir = 0x0040;
    private const uint Clrlpir = 0x0048;
    private const uint Propbaser = 0x0070;
    private const uint Pendbaser = 0x0078;
    private const uint Invlpir = 0x00A0;
    private const uint Invallr = 0x00B0;
    private const uint IdentificationFirst = 0xFFD0;
    private const uint IdentificationLast = 0xFFFC;
    private const uint SgiBase = 0x1_0000;

    private readonly InterruptRegisters _interrupts = new(machine, redistributor.Interrupts);

    // Decision 0004: INVLPIR, INVALLR and SYNCR are there with either. SYNCR.Busy is never seen set, and reads 0.
    private bool HasInvalidateRegisters => machine.Profile.InvalidateRegisters || machine.Profile.DirectLpis;

    public ulong Read(uint offset, int sizeBytes)
    {
        if (offset is >= SgiBase + InterruptRegisters.First and <= SgiBase + InterruptRegisters.Last)
        {
            return _interrupts.Read(offset - SgiBase, sizeBytes);
        }

        if (!IsAligned(offset, sizeBytes))
        {
            return 0;
        }

        if (Is64Bit(offset))
        {
            return Bits.Part(Read64(offset & ~7u), offset % 8, sizeBytes);
        }

        return sizeBytes == 4 ? Read32(offset) : 0;
    }

    public void Write(uint offset, int sizeBytes, ulong value)
    {
        if (offset is >= SgiBase + InterruptRegisters.First and <= SgiBase + InterruptRegisters.Last)
        {
            _interrupts.Write(offset - SgiBase, sizeBytes, value);
            return;
        }

        if (!IsAligned(offset, sizeBytes))
        {
            return;
        }

        if (Is64Bit(offset))
        {
            Write64(offset & ~7u, offset % 8, sizeBytes, value);
        }
        else if (sizeBytes == 4)
        {
            Write32(offset, value);
        }
    }

    private static bool IsAligned(uint offset, int sizeBytes) => sizeBytes is 4 or 8 && offset % (uint)sizeBytes == 0;

    private static bool Is64Bit(uint offset) =>
        (offset & ~7u) is Typer or Setlpir or Clrlpir or Propbaser or Pendbaser or Invlpir or Invallr;

    private ulong Read32(uint offset) => offset switch
    {
        // rd 3: EnableLPIs | CES | IR. A disable is done at once, so RWP is never seen set.
        Ctlr => redistributor.LpisEnabled.At(0) | true.At(1) | machine.Profile.InvalidateRegisters.At(2)
            | redistributor.BarsGroup0FromOneOfN.At(24) | redistributor.BarsGroup1FromOneOfN.At(25),
        Iidr => machine.Profile.GicrIidr,

        // rd 5: ChildrenAsleep follows ProcessorSleep at once.
        Waker when machine.Profile.HasWaker => redistributor.ProcessorSleep.At(1) | redistributor.ProcessorSleep.At(2),
        >= IdentificationFirst and <= IdentificationLast =>
            machine.Profile.GicrIdentification[(int)(offset - IdentificationFirst) / 4],
        _ => 0,
    };

    private ulong Read64(uint offset) => offset switch
    {
        Typer => TyperValue(),
        Propbaser => redistributor.Propbaser,
        Pendbaser => redistributor.Pendbaser,
        _ => 0,
    };

    /// <summary>rd 4.</summary>
    private ulong TyperValue()
    {
        var affinity = (ulong)machine.Configuration.Affinities[redistributor.Vcpu];
        if (!machine.Profile.ReportsAff3)
        {
            affinity = affinity.Field(23, 0);
        }

        return true.At(0) // PLPIS
            | machine.Profile.DirectLpis.At(3)
            | machine.IsLastFrame(redistributor.Vcpu).At(4)
            | machine.Profile.HasOneOfN.At(5) // DPGS
            | ((ulong)redistributor.Vcpu << 8)
            | ((ulong)machine.Profile.CommonLpiAff << 24)
            | (affinity << 32);
    }

    private void Write32(uint offset, ulong value)
    {
        if (offset == Ctlr)
        {
            redistributor.BarsGroup0FromOneOfN = machine.Profile.HasOneOfN && value.Bit(24);
            redistributor.BarsGroup1FromOneOfN = machine.Profile.HasOneOfN && value.Bit(25);
            redistributor.WriteEnableLpis(value.Bit(0));
        }
        else if (offset == Waker && machine.Profile.HasWaker)
        {
            redistributor.ProcessorSleep = value.Bit(1);
        }
    }

    private void Write64(uint offset, uint offsetInRegister, int sizeBytes, ulong value)
    {
        switch (offset)
        {
            case Propbaser:
                redistributor.WritePropbaser(
                    Bits.Merge(redistributor.Propbaser, offsetInRegister, sizeBytes, value));
                break;
            case Pendbaser:
                // PTZ reads 0 but is part of what a store to the low half leaves as it is.
                var present = redistributor.Pendbaser | redistributor.PendingTableIsZero.At(62);
                redistributor.WritePendbaser(Bits.Merge(present, offsetInRegister, sizeBytes, value));
                break;
            case Invallr when HasInvalidateRegisters && redistributor.LpisEnabled:
                machine.Configurations.RefreshAll(redistributor.Vcpu);
                break;
            // The INTID is in the low half: a store to the upper half alone names none (rd 2).
            // Decision 0004: INTID 0 counts as none.
            case Setlpir when offsetInRegister == 0 && machine.Profile.DirectLpis && (uint)value != 0:
                SetPending((uint)value);
                break;
            case Clrlpir or Invlpir when offsetInRegister == 0 && redistributor.LpisEnabled:
                WriteIntId(offset, (uint)value);
                break;
        }
    }

    private void SetPending(uint lpi)
    {
        var outcome = redistributor.Pend(lpi);
        machine.DirectLpis.Add(new ReferenceDirectLpi(redistributor.Vcpu, lpi, outcome));
        var isTaken = outcome is ReferenceMsiOutcome.Pended or ReferenceMsiOutcome.Coalesced;
        if (isTaken
            && (!machine.Configurations.IsRead(lpi) || machine.Configurations.TargetOf(lpi) != redistributor.Vcpu))
        {
            machine.Configurations.RefreshAtArrival(redistributor, lpi);
        }
    }

    private void WriteIntId(uint offset, uint lpi)
    {
        if (!redistributor.InRange(lpi))
        {
            return;
        }

        if (offset == Invlpir && HasInvalidateRegisters)
        {
            machine.Configurations.Refresh(redistributor, lpi);
            machine.Configurations.ForgetWhatIsNowhere();
        }
        else if (offset == Clrlpir && machine.Profile.DirectLpis)
        {
            redistributor.Pending.Remove(lpi);
            machine.Configurations.ForgetWhatIsNowhere();
        }
    }
}
