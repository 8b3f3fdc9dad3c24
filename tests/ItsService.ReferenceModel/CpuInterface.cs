namespace ItsService.ReferenceModel;

/// <summary>The ICC registers of one vCPU: rd 9.</summary>
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
    private const uint Dir = 0xC659;
    private const uint Rpr = 0xC65B;
    private const uint Sgi1R = 0xC65D;
    private const uint Sgi0R = 0xC65F;
    private const uint Iar1 = 0xC660;
    private const uint Eoir1 = 0xC661;
    private const uint Hppir1 = 0xC662;
    private const uint Bpr1 = 0xC663;
    private const uint Ctlr = 0xC664;
    private const uint Sre = 0xC665;
    private const uint Igrpen0 = 0xC666;
    private const uint Igrpen1 = 0xC667;

    private const uint Spurious = 1023;
    private const uint FirstSpi = 32;
    private const uint FirstLpi = 8192;

    // rd 9.2, "AP registers count": 5 bits of priority pre-empt on 32 levels, 7 and more on 128.
    private readonly ActivePriorities _active = new(PreemptionBitsOf(machine));
    private ulong _pmr;
    private ulong _bpr0;
    private ulong _bpr1;
    private bool _commonBinaryPoint;
    private bool _eoiMode;
    private bool _enableGroup0;
    private bool _enableGroup1;

    private int PriorityBits => machine.Profile.PriorityBits;

    private ulong Bpr0Min => (ulong)(7 - PreemptionBitsOf(machine));

    // rd 9.2: one above BPR0's.
    private ulong Bpr1Min => Bpr0Min + 1;

    public void Reset()
    {
        _active.Reset();
        _pmr = 0;
        _bpr0 = Bpr0Min;
        _bpr1 = Bpr1Min;
        _commonBinaryPoint = false;
        _eoiMode = false;
        _enableGroup0 = false;
        _enableGroup1 = false;
    }

    /// <summary>ICC_IGRPEN0_EL1 or ICC_IGRPEN1_EL1.</summary>
    public bool IsEnabled(bool group1) => group1 ? _enableGroup1 : _enableGroup0;

    /// <summary>What an acknowledge would find now: rd 9.2, "Interrupt signalled to PE if".</summary>
    public Candidate? Signalled() =>
        machine.Arbitration.HighestPending(vcpu) is { } candidate && CouldTake(candidate) ? candidate : null;

    /// <summary>Whether the mask and what runs let it through.</summary>
    public bool CouldTake(Candidate candidate)
    {
        var mask = GroupMask(candidate.Group1);
        var running = _active.Running;
        return candidate.Priority < _pmr
            && (running == ActivePriorities.Idle || (candidate.Priority & mask) < (running & mask));
    }

    public ulong Read(uint encoding) => encoding switch
    {
        Pmr => _pmr,
        Iar0 => Acknowledge(group1: false),
        Iar1 => Acknowledge(group1: true),
        Hppir0 => Of(machine.Arbitration.HighestPending(vcpu), group1: false)?.IntId ?? Spurious,
        Hppir1 => Of(machine.Arbitration.HighestPending(vcpu), group1: true)?.IntId ?? Spurious,
        Bpr0 => _bpr0,
        // Decision 0004: with CBPR it reads BPR0 plus one, at most 7.
        Bpr1 => _commonBinaryPoint ? Math.Min(_bpr0 + 1, 7) : _bpr1,
        >= Ap0R0 and <= Ap0R3 => _active.Read(group1: false, (int)(encoding - Ap0R0)),
        >= Ap1R0 and <= Ap1R3 => _active.Read(group1: true, (int)(encoding - Ap1R0)),
        Rpr => _active.Running,
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
                _active.Write(group1: false, (int)(encoding - Ap0R0), value);
                break;
            case >= Ap1R0 and <= Ap1R3:
                _active.Write(group1: true, (int)(encoding - Ap1R0), value);
                break;
            case Eoir0:
                EndOfInterrupt((uint)value.Field(23, 0), group1: false);
                break;
            case Eoir1:
                EndOfInterrupt((uint)value.Field(23, 0), group1: true);
                break;
            // rd 9.2: with EOImode 0 it is UNPREDICTABLE, and ignored here.
            case Dir when _eoiMode:
                Deactivate((uint)value.Field(23, 0));
                break;
            case Sgi0R:
                machine.Sgis.Generate(vcpu, value, group1: false);
                break;
            case Sgi1R:
                machine.Sgis.Generate(vcpu, value, group1: true);
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
                // SRE is fixed. ICC_ASGI1R_EL1 is for another security state, and there is one. The rest is read-only.
                break;
        }
    }

    /// <summary>
    /// rd 9.2: the running priority is raised, and the interrupt active; an LPI, which has no such state, idle. The
    /// best of all decides: while it is of the other group there is nothing here.
    /// </summary>
    private uint Acknowledge(bool group1)
    {
        if (Of(Signalled(), group1) is not { } candidate)
        {
            return Spurious;
        }

        _active.Add(group1, candidate.Priority & GroupMask(group1));
        if (candidate.IntId >= FirstLpi)
        {
            machine.Redistributors[vcpu].Pending.Remove(candidate.IntId);
            machine.Configurations.ForgetWhatIsNowhere();
        }
        else
        {
            machine.Arbitration.Find(vcpu, candidate.IntId)!.Acknowledge();
        }

        return candidate.IntId;
    }

    /// <summary>
    /// rd 9.2: drops the running priority, and with EOImode 0 deactivates. Ignored where what runs is of the other
    /// group, or nothing runs: decision 0007.
    /// </summary>
    private void EndOfInterrupt(uint intId, bool group1)
    {
        if (intId is not (>= 1020 and <= 1023) && _active.TryDrop(group1) && !_eoiMode)
        {
            Deactivate(intId);
        }
    }

    /// <summary>LPIs, and what is not there, have nothing to deactivate.</summary>
    private void Deactivate(uint intId)
    {
        if (machine.Arbitration.Find(vcpu, intId) is { Active: true } interrupt)
        {
            interrupt.Active = false;
            if (interrupt is { NotifiesEnd: true, IsEdge: false })
            {
                machine.Ends.Add((interrupt.IntId, interrupt.IntId < FirstSpi ? vcpu : null));
            }
        }
    }

    private static Candidate? Of(Candidate? candidate, bool group1) =>
        candidate is { } found && found.Group1 == group1 ? found : null;

    private static int PreemptionBitsOf(Machine machine) => Math.Min(machine.Profile.PriorityBits, 7);

    /// <summary>rd 9.2: of group 0 bits [7:n+1] with BPR0; of group 1 bits [7:n] with BPR1, or as group 0.</summary>
    private ulong GroupMask(bool group1)
    {
        var lowest = group1 && !_commonBinaryPoint ? (int)_bpr1 : (int)_bpr0 + 1;
        return lowest > 7 ? 0 : Bits.Ones(7, lowest);
    }

    private ulong CtlrValue() =>
        _commonBinaryPoint.At(0)
        | _eoiMode.At(1)
        | ((ulong)(PriorityBits - 1) << 8)
        | (machine.Profile.IntIdBits > 16 || machine.Profile.IccWideIntIds).At(11)
        | machine.Profile.IccAff3Valid.At(15)
        | machine.Profile.HasRangeSelector.At(18);
}
