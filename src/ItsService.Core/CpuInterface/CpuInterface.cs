using ItsService.Core.Distributor;
using ItsService.Core.Identifiers;
using ItsService.Core.Redistributors;
using ItsService.Core.Registers;
using ItsService.Core.State;
using ItsService.Core.Tracing;

namespace ItsService.Core.CpuInterface;

/// <summary>
/// One vCPU's CPU interface: the ICC_* system registers, priorities, acknowledge and end of interrupt
/// (redistributor-lpi section 9). One security state.
/// </summary>
internal sealed class CpuInterface
{
    private const int CommonBinaryPointBit = 0;
    private const int EndModeBit = 1;
    private const ulong WritableControl = 0b11;
    private const ulong SystemRegistersOnly = 0b111;

    private readonly GicParts _parts;
    private readonly Redistributor _redistributor;
    private readonly ActivePriorities _activeGroup0;
    private readonly ActivePriorities _activeGroup1;
    private byte _priorityMask;
    private int _binaryPoint0;
    private int _binaryPoint1;
    private ulong _control;
    private bool _group0Enabled;
    private bool _group1Enabled;
    private byte _groupPriorityMask0;
    private byte _groupPriorityMask1;

    public CpuInterface(GicParts parts, Redistributor redistributor)
    {
        _parts = parts;
        _redistributor = redistributor;
        _activeGroup0 = new ActivePriorities(parts.Profile.PriorityBits);
        _activeGroup1 = new ActivePriorities(parts.Profile.PriorityBits);
        Restore(StateAtReset);
    }

    /// <summary>The priority of what runs: nothing of the same or a lower group priority is signalled.</summary>
    public byte RunningPriority => Math.Min(_activeGroup0.Highest, _activeGroup1.Highest);

    /// <summary>ICC_BPR1_EL1 as it is kept, also while ICC_CTLR_EL1.CBPR hides it.</summary>
    public ulong KeptBinaryPoint1
    {
        get => (ulong)_binaryPoint1;
        set
        {
            _binaryPoint1 = Math.Max((int)value.Field(2, 0), BinaryPoint1Minimum);
            RefreshGroupPriorityMask();
            _parts.Lines.Touch(_redistributor.Index);
        }
    }

    /// <summary>
    /// What the vCPU is told: an interrupt of Group 1 is an IRQ, one of Group 0 an FIQ. The best one decides.
    /// </summary>
    public (bool Irq, bool Fiq) Signals
    {
        get
        {
            var (rank, isGroup1) = BestForwarded;
            return InterruptRank.PriorityOf(rank) < LimitOf(isGroup1) ? (isGroup1, !isGroup1) : (false, false);
        }
    }

    // The smallest binary point leaves every implemented priority bit to the group priority; that of Group 1 is one
    // more.
    private int BinaryPoint0Minimum => 7 - _parts.Profile.PriorityBits;

    private int BinaryPoint1Minimum => BinaryPoint0Minimum + 1;

    private byte ImplementedPriorityBits => (byte)Bits.Mask(7, 8 - _parts.Profile.PriorityBits);

    /// <summary>Whether Group 1, and so LPIs, is enabled here and in the distributor.</summary>
    private bool ForwardsGroup1 => _group1Enabled && _parts.Distributor.Group1Enabled;

    private bool ForwardsGroup0 => _group0Enabled && _parts.Distributor.Group0Enabled;

    /// <summary>
    /// The best pending interrupt of the enabled groups, whatever its priority: SGI, PPI, SPI or LPI. Its priority is
    /// 0xFF, which nothing lets through, when there is none.
    /// </summary>
    public (uint Rank, bool IsGroup1) BestForwarded
    {
        get
        {
            var direct = _redistributor.Direct;
            var best0 = ForwardsGroup0 ? direct.Best0 : InterruptRank.None;
            var best1 = ForwardsGroup1 ? Math.Min(direct.Best1, _redistributor.Lpis.BestRank) : InterruptRank.None;
            return best1 <= best0 ? (best1, true) : (best0, false);
        }
    }

    public CpuInterfaceState StateAtReset => new(
        PriorityMask: 0,
        BinaryPoint0: BinaryPoint0Minimum,
        BinaryPoint1: BinaryPoint1Minimum,
        Control: 0,
        Group0Enabled: false,
        Group1Enabled: false,
        ActivePriorities0: [0, 0, 0, 0],
        ActivePriorities1: [0, 0, 0, 0]);

    public CpuInterfaceState Save() => new(
        _priorityMask,
        _binaryPoint0,
        _binaryPoint1,
        _control,
        _group0Enabled,
        _group1Enabled,
        _activeGroup0.Save(),
        _activeGroup1.Save());

    public void Restore(CpuInterfaceState state)
    {
        (_priorityMask, _binaryPoint0, _binaryPoint1, _control, _group0Enabled, _group1Enabled, var active0,
            var active1) = state;
        _activeGroup0.Restore(active0);
        _activeGroup1.Restore(active1);
        RefreshGroupPriorityMask();
        _parts.Lines.Touch(_redistributor.Index);
    }

    public ulong Read(SystemRegister register) => register switch
    {
        SystemRegister.IccPmr => _priorityMask,
        SystemRegister.IccIar0 => Acknowledge(isGroup1: false).Value,
        SystemRegister.IccIar1 => Acknowledge(isGroup1: true).Value,
        SystemRegister.IccHppir0 => HighestPending(isGroup1: false).Value,
        SystemRegister.IccHppir1 => HighestPending(isGroup1: true).Value,
        SystemRegister.IccRpr => RunningPriority,
        SystemRegister.IccBpr0 => (ulong)_binaryPoint0,
        SystemRegister.IccBpr1 => (ulong)(_control.Bit(CommonBinaryPointBit) ? CommonBinaryPoint : _binaryPoint1),
        SystemRegister.IccCtlr => Control,
        SystemRegister.IccSre => SystemRegistersOnly,
        SystemRegister.IccIgrpen0 => _group0Enabled ? 1UL : 0UL,
        SystemRegister.IccIgrpen1 => _group1Enabled ? 1UL : 0UL,
        >= SystemRegister.IccAp0R0 and <= SystemRegister.IccAp0R3 =>
            _activeGroup0.Read(register - SystemRegister.IccAp0R0),
        >= SystemRegister.IccAp1R0 and <= SystemRegister.IccAp1R3 =>
            _activeGroup1.Read(register - SystemRegister.IccAp1R0),
        _ => 0,
    };

    public void Write(SystemRegister register, ulong value)
    {
        switch (register)
        {
            case SystemRegister.IccPmr:
                SetPriorityMask((byte)(value & ImplementedPriorityBits));
                break;
            case SystemRegister.IccEoir0:
                EndOfInterrupt(new IntId((uint)value.Field(23, 0)), isGroup1: false);
                break;
            case SystemRegister.IccEoir1:
                EndOfInterrupt(new IntId((uint)value.Field(23, 0)), isGroup1: true);
                break;
            case SystemRegister.IccDir when _control.Bit(EndModeBit):
                DeactivateAlone(new IntId((uint)value.Field(23, 0)));
                break;
            case SystemRegister.IccSgi0R:
                SgiGeneration.Generate(_parts, _redistributor.Index, value, isGroup1: false);
                break;
            case SystemRegister.IccSgi1R:
                SgiGeneration.Generate(_parts, _redistributor.Index, value, isGroup1: true);
                break;
            case SystemRegister.IccBpr0:
                _binaryPoint0 = Math.Max((int)value.Field(2, 0), BinaryPoint0Minimum);
                RefreshGroupPriorityMask();
                break;
            case SystemRegister.IccBpr1 when !_control.Bit(CommonBinaryPointBit):
                KeptBinaryPoint1 = value;
                break;
            case SystemRegister.IccCtlr:
                _control = value & WritableControl;
                RefreshGroupPriorityMask();
                break;
            case SystemRegister.IccIgrpen0:
                SetEnabled(ref _group0Enabled, value.Bit(0), TracedRegister.IccIgrpen0);
                break;
            case SystemRegister.IccIgrpen1:
                SetEnabled(ref _group1Enabled, value.Bit(0), TracedRegister.IccIgrpen1);
                break;
            case >= SystemRegister.IccAp0R0 and <= SystemRegister.IccAp0R3:
                _activeGroup0.Write(register - SystemRegister.IccAp0R0, (uint)value);
                break;
            case >= SystemRegister.IccAp1R0 and <= SystemRegister.IccAp1R3:
                _activeGroup1.Write(register - SystemRegister.IccAp1R0, (uint)value);
                break;
            default:
                // ICC_DIR_EL1 with EOImode 0 (decision 0007). ICC_SRE_EL1: there is no other interface.
                break;
        }

        _parts.Lines.Touch(_redistributor.Index);
    }

    private void SetPriorityMask(byte mask)
    {
        _parts.Trace?.NoteSwitch(TracedRegister.IccPmr, _priorityMask, mask, vcpu: _redistributor.Index);
        _priorityMask = mask;
    }

    private void SetEnabled(ref bool enabled, bool value, TracedRegister register)
    {
        _parts.Trace?.NoteSwitch(register, enabled ? 1u : 0, value ? 1u : 0, vcpu: _redistributor.Index);
        enabled = value;
    }

    /// <summary>With ICC_CTLR_EL1.CBPR, ICC_BPR1_EL1 reads as ICC_BPR0_EL1 plus one and ignores writes.</summary>
    private int CommonBinaryPoint => Math.Min(_binaryPoint0 + 1, 7);

    private ulong Control =>
        _control
            .WithField(10, 8, (ulong)(_parts.Profile.PriorityBits - 1))
            .WithField(13, 11, _parts.Profile.IntIdBits > 16 || _parts.Profile.IccAff3Valid ? 1UL : 0UL)
            .WithBit(15, _parts.Profile.IccAff3Valid)
            .WithBit(18, _parts.Profile.HasRangeSelector);

    /// <summary>
    /// Of this group's interrupts those with a priority value below this are let through by the mask and by what runs.
    /// What runs is taken by its group priority as well: the binary point may have changed since its acknowledge.
    /// </summary>
    public int LimitOf(bool isGroup1)
    {
        var running = RunningPriority;
        return running == ActivePriorities.Idle
            ? _priorityMask
            : Math.Min(_priorityMask, GroupPriority(running, isGroup1));
    }

    /// <summary>The same; 0, below which there is nothing, while the group is not forwarded here.</summary>
    public int LimitWhereForwarded(bool isGroup1) =>
        (isGroup1 ? ForwardsGroup1 : ForwardsGroup0) ? LimitOf(isGroup1) : 0;

    /// <summary>1023 while the best one is of the other group.</summary>
    private IntId HighestPending(bool isGroup1)
    {
        var (rank, isBestGroup1) = BestForwarded;
        return rank != InterruptRank.None && isBestGroup1 == isGroup1 ? InterruptRank.IntIdOf(rank) : IntId.Spurious;
    }

    private IntId Acknowledge(bool isGroup1)
    {
        var (rank, isBestGroup1) = BestForwarded;
        var priority = InterruptRank.PriorityOf(rank);
        if (isBestGroup1 != isGroup1 || priority >= LimitOf(isGroup1))
        {
            return IntId.Spurious;
        }

        var intId = InterruptRank.IntIdOf(rank);
        ActiveOf(isGroup1).Activate(GroupPriority(priority, isGroup1));
        if (intId.IsLpi)
        {
            _redistributor.Lpis.Remove(intId, PendingEnd.Acknowledged);
        }
        else
        {
            BankOf(intId, out var number)!.Acknowledge(number);
        }

        _parts.Counters.CountAcknowledged(intId);
        _parts.Trace?.NoteAcknowledge(_redistributor.Index, intId, priority, isGroup1);
        _parts.Lines.Touch(_redistributor.Index);
        return intId;
    }

    private byte GroupPriority(byte priority, bool isGroup1) =>
        (byte)(priority & (isGroup1 ? _groupPriorityMask1 : _groupPriorityMask0));

    /// <summary>
    /// Group 0: bits [7:n+1] for a binary point of n. Group 1: bits [7:n], or with CBPR those of Group 0.
    /// </summary>
    private void RefreshGroupPriorityMask()
    {
        _groupPriorityMask0 = MaskFrom(_binaryPoint0 + 1);
        _groupPriorityMask1 = _control.Bit(CommonBinaryPointBit) ? _groupPriorityMask0 : MaskFrom(_binaryPoint1);
    }

    private byte MaskFrom(int lowest) =>
        lowest > 7 ? (byte)0 : (byte)((byte)Bits.Mask(7, lowest) & ImplementedPriorityBits);

    private ActivePriorities ActiveOf(bool isGroup1) => isGroup1 ? _activeGroup1 : _activeGroup0;

    /// <summary>
    /// Drops the running priority if it is of this group, and with EOImode 0 deactivates as well; otherwise nothing
    /// happens (decision 0007). Where both groups have the same priority active, it is Group 0 that runs.
    /// </summary>
    private void EndOfInterrupt(IntId intId, bool isGroup1)
    {
        var running = RunningPriority;
        var runsGroup0 = _activeGroup0.Highest == running;
        if (intId.IsSpecial || running == ActivePriorities.Idle || runsGroup0 == isGroup1)
        {
            return;
        }

        ActiveOf(isGroup1).DropHighest();
        var isDeactivated = !_control.Bit(EndModeBit) && Deactivate(intId);
        _parts.Trace?.NoteEnd(_redistributor.Index, intId, isGroup1, isDeactivated);
    }

    private void DeactivateAlone(IntId intId)
    {
        if (Deactivate(intId))
        {
            _parts.Trace?.NoteDeactivate(_redistributor.Index, intId);
        }
    }

    /// <summary>
    /// LPIs, and what there is not, have no active state to leave. Whether the interrupt was active.
    /// </summary>
    private bool Deactivate(IntId intId) =>
        !intId.IsLpi && BankOf(intId, out var number) is { } bank && bank.Deactivate(number);

    private InterruptBank? BankOf(IntId intId, out int number)
    {
        number = (int)intId.Value;
        return intId.Value < InterruptBank.Size
            ? _redistributor.PrivateInterrupts
            : _parts.Distributor.FindSpi(intId, out number);
    }
}
