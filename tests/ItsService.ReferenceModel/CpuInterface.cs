namespace ItsService.ReferenceModel;

/// <summary>The ICC registers of one vCPU as far as LPIs, which are of group 1, need them: rd 9.</summary>
internal sealed class CpuInterface(Machine machine, int vcpu)
{
    private const uint Pmr = 0xC230;
    private const uint Iar0 = 0xC640;
    private const uint Eoir0 = 0xC641;
    private const uint Hppir0 = 0xC642;
    private const uint Bpr0 = 0xC643;
    private const uint Ap0R0 = 0xC644;
    private const uint Ap0R3 = 0xC647;
    private const uint Ap1R0 = 0xC648;
    private const uint Ap1R3 = 0xC64B;
    private const uint Rpr = 0xC65B;
    private const uint Iar1 = 0xC660;
    private const uint Eoir1 = 0xC661;
    private const uint Hppir1 = 0xC662;
    private const uint Bpr1 = 0xC663;
    private const uint Ctlr = 0xC664;
    private const uint Sre = 0xC665;
    private const uint Igrpen0 = 0xC666;
    private const uint Igrpen1 = 0xC667;

    private const uint Spurious = 1023;
    private const ulong Idle = 0xFF;

    // Which pre-emption levels are active, by group: bit n of ICC_APxRm is level 32 * m + n.
    private readonly SortedSet<int> _active0 = [];
    private readonly SortedSet<int> _active1 = [];
    private ulong _pmr;
    private ulong _bpr0;
    private ulong _bpr1;
    private bool _commonBinaryPoint;
    private bool _eoiMode;
    private bool _enableGroup0;
    private bool _enableGroup1;

    private int PriorityBits => machine.Profile.PriorityBits;

    // rd 9.2, "AP registers count": 5 bits of priority pre-empt on 32 levels, 7 and more on 128.
    private int PreemptionBits => Math.Min(PriorityBits, 7);

    private ulong Bpr0Min => (ulong)(7 - PreemptionBits);

    // rd 9.2: one above BPR0's.
    private ulong Bpr1Min => Bpr0Min + 1;

    public void Reset()
    {
        _active0.Clear();
        _active1.Clear();
        _pmr = 0;
        _bpr0 = Bpr0Min;
        _bpr1 = Bpr1Min;
        _commonBinaryPoint = false;
        _eoiMode = false;
        _enableGroup0 = false;
        _enableGroup1 = false;
    }

    /// <summary>What ICC_IAR1_EL1 would acknowledge now: rd 9.2, "Interrupt signalled to PE if".</summary>
    public uint? Signalled()
    {
        if (HighestPending() is not { } lpi)
        {
            return null;
        }

        ulong priority = machine.Configurations.Read(lpi)!.Value.Priority;
        if (priority >= _pmr)
        {
            return null;
        }

        var running = RunningPriority();
        var preempts = running == Idle || (priority & GroupMask()) < (running & GroupMask());
        return preempts ? lpi : null;
    }

    public ulong Read(uint encoding) => encoding switch
    {
        Pmr => _pmr,
        // No LPI is of group 0.
        Iar0 or Hppir0 => Spurious,
        Iar1 => Acknowledge(),
        // Decision 0004: the group enables alone, neither the mask nor the running priority.
        Hppir1 => HighestPending() ?? Spurious,
        Bpr0 => _bpr0,
        // Decision 0004: with CBPR it reads BPR0 plus one, at most 7.
        Bpr1 => _commonBinaryPoint ? Math.Min(_bpr0 + 1, 7) : _bpr1,
        >= Ap0R0 and <= Ap0R3 => ReadActive(_active0, (int)(encoding - Ap0R0)),
        >= Ap1R0 and <= Ap1R3 => ReadActive(_active1, (int)(encoding - Ap1R0)),
        Rpr => RunningPriority(),
        Ctlr => CtlrValue(),
        Sre => 7,
        Igrpen0 => _enableGroup0.At(0),
        Igrpen1 => _enableGroup1.At(0),
        _ => 0,
    };

    public void Write(uint encoding, ulong value)
    {
        switch (encoding)
        {
            case Pmr:
                _pmr = value & Bits.Ones(7, 8 - PriorityBits);
                break;
            case Bpr0:
                _bpr0 = Math.Max(value.Field(2, 0), Bpr0Min);
                break;
            case Bpr1 when !_commonBinaryPoint:
                _bpr1 = Math.Max(value.Field(2, 0), Bpr1Min);
                break;
            case >= Ap0R0 and <= Ap0R3:
                WriteActive(_active0, (int)(encoding - Ap0R0), value);
                break;
            case >= Ap1R0 and <= Ap1R3:
                WriteActive(_active1, (int)(encoding - Ap1R0), value);
                break;
            case Eoir0:
                EndOfInterrupt(_active0, value);
                break;
            case Eoir1:
                EndOfInterrupt(_active1, value);
                break;
            case Ctlr:
                _commonBinaryPoint = value.Bit(0);
                _eoiMode = value.Bit(1);
                break;
            case Igrpen0:
                _enableGroup0 = value.Bit(0);
                break;
            case Igrpen1:
                _enableGroup1 = value.Bit(0);
                break;
            default:
                // SRE is fixed, LPIs have no active state for DIR to end, the rest is read-only or for SGIs.
                break;
        }
    }

    /// <summary>rd 8.2: among the pending and enabled LPIs the lowest priority value, then the lowest INTID.</summary>
    private uint? HighestPending()
    {
        if (!machine.Distributor.EnableGroup1 || !_enableGroup1)
        {
            return null;
        }

        uint? best = null;
        byte bestPriority = 0;
        foreach (var lpi in machine.Redistributors[vcpu].Pending)
        {
            if (machine.Configurations.Read(lpi) is not (true, var priority))
            {
                continue;
            }

            if (best is null || priority < bestPriority)
            {
                best = lpi;
                bestPriority = priority;
            }
        }

        return best;
    }

    /// <summary>rd 8: pending to idle, and the running priority is raised.</summary>
    private uint Acknowledge()
    {
        if (Signalled() is not { } lpi)
        {
            return Spurious;
        }

        ulong priority = machine.Configurations.Read(lpi)!.Value.Priority;
        _active1.Add((int)((priority & GroupMask()) >> (8 - PreemptionBits)));
        machine.Redistributors[vcpu].Pending.Remove(lpi);
        machine.Configurations.ForgetWhatIsNowhere();
        return lpi;
    }

    /// <summary>rd 9.2: drops the highest active priority of the group. LPIs have nothing to deactivate.</summary>
    private static void EndOfInterrupt(SortedSet<int> active, ulong value)
    {
        if (value.Field(23, 0) is >= 1020 and <= 1023)
        {
            return;
        }

        if (active.Count > 0)
        {
            active.Remove(active.Min);
        }
    }

    /// <summary>rd 9.2: bits [7:n+1] with BPR0, bits [7:n] with BPR1.</summary>
    private ulong GroupMask()
    {
        var lowest = _commonBinaryPoint ? (int)_bpr0 + 1 : (int)_bpr1;
        return lowest > 7 ? 0 : Bits.Ones(7, lowest);
    }

    /// <summary>rd 9.2: the highest bit in AP0R and AP1R.</summary>
    private ulong RunningPriority()
    {
        var levels = _active0.Union(_active1).ToList();
        return levels.Count == 0 ? Idle : (ulong)levels.Min() << (8 - PreemptionBits);
    }

    private ulong CtlrValue() =>
        _commonBinaryPoint.At(0)
        | _eoiMode.At(1)
        | ((ulong)(PriorityBits - 1) << 8)
        | (machine.Profile.IntIdBits > 16 || machine.Profile.IccWideIntIds).At(11)
        | machine.Profile.IccAff3Valid.At(15);

    private static ulong ReadActive(SortedSet<int> active, int register)
    {
        ulong value = 0;
        for (var bit = 0; bit < 32; bit++)
        {
            value |= active.Contains((32 * register) + bit).At(bit);
        }

        return value;
    }

    /// <summary>Levels that the pre-emption bits cannot make do not exist, nor do registers of only those.</summary>
    private void WriteActive(SortedSet<int> active, int register, ulong value)
    {
        for (var bit = 0; bit < 32; bit++)
        {
            var level = (32 * register) + bit;
            active.Remove(level);
            if (value.Bit(bit) && level < 1 << PreemptionBits)
            {
                active.Add(level);
            }
        }
    }
}
