using ItsService.Core.Identifiers;
using ItsService.Core.Redistributors;
using ItsService.Core.Registers;
using ItsService.Core.State;

namespace ItsService.Core.CpuInterface;

/// <summary>
/// One vCPU's CPU interface: the ICC_* system registers, priorities, acknowledge and end of interrupt
/// (redistributor-lpi section 9). One security state.
/// </summary>
internal sealed class CpuInterface
{
    private const int CommonBinaryPointBit = 0;
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
    private byte _groupPriorityMask;

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

    /// <summary>Whether the vCPU has an interrupt to take now.</summary>
    public bool HasInterruptToTake => ForwardsGroup1 && CanSignal(_redistributor.Lpis.BestPriority);

    // The smallest binary point leaves every implemented priority bit to the group priority; that of Group 1 is one
    // more.
    private int BinaryPoint0Minimum => 7 - _parts.Profile.PriorityBits;

    private int BinaryPoint1Minimum => BinaryPoint0Minimum + 1;

    private byte ImplementedPriorityBits => (byte)Bits.Mask(7, 8 - _parts.Profile.PriorityBits);

    /// <summary>Whether Group 1, and so LPIs, is enabled here and in the distributor.</summary>
    private bool ForwardsGroup1 => _group1Enabled && _parts.Distributor.Group1Enabled;

    /// <summary>The best pending interrupt whose group is enabled, whatever its priority.</summary>
    private IntId HighestPending =>
        ForwardsGroup1 && _redistributor.Lpis.HasReady ? _redistributor.Lpis.Best : IntId.Spurious;

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
        SystemRegister.IccIar1 => Acknowledge().Value,
        SystemRegister.IccHppir1 => HighestPending.Value,
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
        // Nothing of Group 0 can be pending: LPIs are always Group 1.
        SystemRegister.IccIar0 or SystemRegister.IccHppir0 => IntId.Spurious.Value,
        _ => 0,
    };

    public void Write(SystemRegister register, ulong value)
    {
        switch (register)
        {
            case SystemRegister.IccPmr:
                _priorityMask = (byte)(value & ImplementedPriorityBits);
                break;
            case SystemRegister.IccEoir0:
                EndOfInterrupt(new IntId((uint)value.Field(23, 0)), _activeGroup0);
                break;
            case SystemRegister.IccEoir1:
                EndOfInterrupt(new IntId((uint)value.Field(23, 0)), _activeGroup1);
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
                _group0Enabled = value.Bit(0);
                break;
            case SystemRegister.IccIgrpen1:
                _group1Enabled = value.Bit(0);
                break;
            case >= SystemRegister.IccAp0R0 and <= SystemRegister.IccAp0R3:
                _activeGroup0.Write(register - SystemRegister.IccAp0R0, (uint)value);
                break;
            case >= SystemRegister.IccAp1R0 and <= SystemRegister.IccAp1R3:
                _activeGroup1.Write(register - SystemRegister.IccAp1R0, (uint)value);
                break;
            default:
                // ICC_DIR_EL1: an LPI has no active state to leave. ICC_SRE_EL1: there is no other interface.
                break;
        }

        _parts.Lines.Touch(_redistributor.Index);
    }

    /// <summary>With ICC_CTLR_EL1.CBPR, ICC_BPR1_EL1 reads as ICC_BPR0_EL1 plus one and ignores writes.</summary>
    private int CommonBinaryPoint => Math.Min(_binaryPoint0 + 1, 7);

    private ulong Control =>
        _control
            .WithField(10, 8, (ulong)(_parts.Profile.PriorityBits - 1))
            .WithField(13, 11, _parts.Profile.IntIdBits > 16 || _parts.Profile.IccAff3Valid ? 1UL : 0UL)
            .WithBit(15, _parts.Profile.IccAff3Valid);

    private IntId Acknowledge()
    {
        if (!HasInterruptToTake)
        {
            return IntId.Spurious;
        }

        var lpi = _redistributor.Lpis.Best;
        _activeGroup1.Activate(GroupPriority(_redistributor.Lpis.BestPriority));
        _redistributor.Lpis.Remove(lpi);
        _parts.Lines.Touch(_redistributor.Index);
        return lpi;
    }

    /// <summary>
    /// What runs is taken by its group priority as well: the binary point may have changed since its acknowledge.
    /// </summary>
    private bool CanSignal(byte priority)
    {
        var running = RunningPriority;
        return priority < _priorityMask
            && (running == ActivePriorities.Idle || GroupPriority(priority) < GroupPriority(running));
    }

    private byte GroupPriority(byte priority) => (byte)(priority & _groupPriorityMask);

    /// <summary>Group 1: bits [7:n] for a binary point of n; those of Group 0 with CBPR, [7:n+1].</summary>
    private void RefreshGroupPriorityMask()
    {
        var lowest = _control.Bit(CommonBinaryPointBit) ? _binaryPoint0 + 1 : _binaryPoint1;
        _groupPriorityMask = lowest > 7 ? (byte)0 : (byte)((byte)Bits.Mask(7, lowest) & ImplementedPriorityBits);
    }

    /// <summary>
    /// Drops the running priority. With EOImode 0 an INTID with an active state is deactivated as well; LPIs have none.
    /// </summary>
    private static void EndOfInterrupt(IntId intId, ActivePriorities active)
    {
        if (!intId.IsSpecial)
        {
            active.DropHighest();
        }
    }
}
