using ItsService.Core.Distributor;
using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Registers;
using ItsService.Core.State;
using ItsService.Core.Tracing;
using ItsService.Core.Translation;

namespace ItsService.Core.Redistributors;

/// <summary>
/// One vCPU's redistributor: its RD_base and SGI_base frames, its SGIs and PPIs, and the LPIs pending for it.
/// </summary>
internal sealed partial class Redistributor : IRegisterBlock, IInterruptOwner
{
    private const int EnableLpisBit = 0;
    private const int ClearEnableSupportedBit = 1;
    private const int InvalidateRegistersBit = 2;
    private const ulong Asleep = 0b110;
    private const int DisableGroup0Bit = 24;
    private const int DisableGroup1Bit = 25;
    private const int OneOfNSupportedBit = 5;

    private readonly GicParts _parts;
    private readonly Affinity _affinity;
    private GicrPropbaser _ownPropbaser;
    private GicrPropbaser _propbaserInForce;
    private GicrPropbaser? _propbaserToBe;
    private GicrPendbaser _pendbaser;
    private bool _asleep;
    private bool _group0BarredFromOneOfN;
    private bool _group1BarredFromOneOfN;

    // How many LPIs the table covers; 0 while LPIs are disabled, so that one comparison decides about a message.
    private uint _takenLpiCount;

    public Redistributor(GicParts parts, VcpuIndex index, Affinity affinity)
    {
        _parts = parts;
        _affinity = affinity;
        Index = index;
        PrivateInterrupts = new InterruptBank(this, firstIntId: 0);
        Direct = new DirectInterrupts(PrivateInterrupts, parts.Distributor.Targets, index.Value);
        Lpis = new PendingLpis(this, parts);
    }

    public VcpuIndex Index { get; }

    public Affinity Affinity => _affinity;

    /// <summary>SGIs and PPIs.</summary>
    public InterruptBank PrivateInterrupts { get; }

    /// <summary>The best of them and of the SPIs that come here.</summary>
    public DirectInterrupts Direct { get; }

    public PendingLpis Lpis { get; }

    /// <summary>GICR_CTLR.EnableLPIs.</summary>
    public bool LpisEnabled { get; private set; }

    /// <summary>
    /// The configuration table in use. It is what GICR_PROPBASER held when LPIs were enabled, however the register
    /// changes meanwhile: where it is shared, another vCPU may still write it.
    /// </summary>
    public GicrPropbaser ConfigurationTable =>
        LpisEnabled ? _propbaserInForce : _propbaserToBe ?? PropbaserKeeper._ownPropbaser;

    public GuestAddress PendingTable => _pendbaser.Address;

    /// <summary>The part of the pending table that holds LPIs.</summary>
    public GuestRange PendingTableOfLpis => new LpiEnableTransition(_parts, this, _pendbaser).Table;

    /// <summary>
    /// The width of LPIs here: that of the table, but never more than the distributor's (tables section 9).
    /// </summary>
    public int IntIdBits => Math.Min(ConfigurationTable.IntIdBits, _parts.Profile.IntIdBits);

    /// <summary>Where GICR_PROPBASER is shared, the first redistributor keeps it for all.</summary>
    private Redistributor PropbaserKeeper => _parts.Profile.SharedPropbaser ? _parts.Redistributors[0] : this;

    /// <summary>Whether the INTID is an LPI that the configuration table covers.</summary>
    public bool IsLpiInRange(IntId lpi) => lpi.IsLpi && lpi.Value < 1UL << IntIdBits;

    /// <summary>
    /// The configurations from that of an LPI in range on: asked for at once where one of them is not resident, since
    /// each fetch begins a whole walk again.
    /// </summary>
    public GuestRange RestOfConfigurations(IntId from) =>
        new(ConfigurationTable.AddressOf(from), (1u << IntIdBits) - from.Value);

    /// <summary>Whether LPIs are enabled and this one is in range.</summary>
    public bool TakesLpi(IntId lpi) => unchecked(lpi.Value - IntId.FirstLpi) < _takenLpiCount;

    /// <summary>
    /// Whether the byte of the pending table that holds the LPI is in guest RAM. A table that is not in use, or does
    /// not cover the LPI, is not looked at.
    /// </summary>
    public bool HasPlaceForPending(IntId lpi) =>
        !TakesLpi(lpi) || _parts.Memory.ProbeForWriting(new GuestRange(PendingTable + (lpi.Value / 8), 1)).IsOk;

    public RedistributorState StateAtReset => new(
        LpisEnabled: false,
        IsAsleep: _parts.Profile.HasWaker,
        Propbaser: _parts.Profile.LpiBaserReset,
        PropbaserInForce: 0,
        Pendbaser: _parts.Profile.LpiBaserReset,
        PrivateInterrupts: InterruptBank.StateAtReset(isPrivate: true),
        PendingLpis: [],
        Group0BarredFromOneOfN: false,
        Group1BarredFromOneOfN: false);

    public RedistributorState Save() => new(
        LpisEnabled,
        _asleep,
        _ownPropbaser.Raw,
        _propbaserInForce.Raw,
        _pendbaser.Raw,
        PrivateInterrupts.Save(),
        Lpis.Save(),
        _group0BarredFromOneOfN,
        _group1BarredFromOneOfN);

    /// <summary>The configurations of the pending LPIs must be known already.</summary>
    public void Restore(RedistributorState state)
    {
        (LpisEnabled, _asleep, var propbaser, var inForce, var pendbaser, var interrupts, var pending,
            _group0BarredFromOneOfN, _group1BarredFromOneOfN) = state;
        _ownPropbaser = new GicrPropbaser(propbaser);
        _propbaserInForce = new GicrPropbaser(inForce);
        _pendbaser = new GicrPendbaser(pendbaser);
        RefreshTakenLpis();
        PrivateInterrupts.Restore(interrupts);
        Lpis.Restore(pending);
    }

    public ulong ReadRegister(RegisterRow row, int index) => row.Id switch
    {
        RegisterId.GicrCtlr => Control,
        RegisterId.GicrIidr => _parts.Profile.GicrIidr,
        RegisterId.GicrTyper => Typer,
        RegisterId.GicrWaker => _asleep ? Asleep : 0,
        RegisterId.GicrPropbaser => PropbaserKeeper._ownPropbaser.Raw,
        RegisterId.GicrPendbaser => _pendbaser.AsRead,
        RegisterId.Identification => _parts.Profile.GicrIdentification.At(row.Offset),
        _ => BankRegisters.Read(PrivateInterrupts, row.Id, index),
    };

    /// <summary>
    /// GICR_ISPENDR0 is the latch alone. PTZ reads zero, and is kept all the same when the low half is written.
    /// </summary>
    public ulong ReadStored(RegisterRow row, int index) => row.Id switch
    {
        RegisterId.GicrPendbaser => _pendbaser.Raw,
        RegisterId.Ispendr => PrivateInterrupts.PendingLatch,
        _ => ReadRegister(row, index),
    };

    public MemoryOutcome WriteRegister(RegisterRow row, int index, ulong value)
    {
        switch (row.Id)
        {
            case RegisterId.GicrCtlr:
                return WriteWholeControl(value);
            case RegisterId.GicrWaker:
                _asleep = _parts.Profile.HasWaker && value.Bit(1);
                _parts.Lines.Touch(Index);
                break;
            case RegisterId.GicrPropbaser:
                WritePropbaser(new GicrPropbaser(value));
                break;
            case RegisterId.GicrPendbaser:
                WritePendbaser(new GicrPendbaser(value));
                break;
            case RegisterId.GicrSetlpir:
                return SetLpi(new IntId((uint)value));
            case RegisterId.GicrClrlpir when _parts.Profile.DirectLpis && IsLpiInRange(new IntId((uint)value)):
                Lpis.Remove(new IntId((uint)value));
                _parts.Counters.CountClearedLpis();
                break;
            case RegisterId.GicrInvlpir:
                return WriteInvalidateOne(new IntId((uint)value));
            case RegisterId.GicrInvallr:
                return WriteInvalidateAll();
            default:
                BankRegisters.Write(PrivateInterrupts, row.Id, index, (uint)value, _parts.Profile.PriorityMask);
                break;
        }

        return MemoryOutcome.Ok;
    }

    /// <summary>Whether an SPI that may go to any vCPU may come here (decision 0007).</summary>
    public bool TakesPartInOneOfN(bool isGroup1) =>
        !_asleep && !(isGroup1 ? _group1BarredFromOneOfN : _group0BarredFromOneOfN);

    public void InterruptsChanged(InterruptBank bank, uint interrupts)
    {
        Direct.PrivateChanged();
        _parts.Lines.Touch(Index);
    }

    public void InterruptsEnded(InterruptBank bank) => _parts.Ended.Note(bank, Index);

    /// <summary>
    /// CES reads 1: EnableLPIs can be cleared. RWP reads 0: what a write does is done when it returns.
    /// </summary>
    private ulong Control =>
        0UL.WithBit(EnableLpisBit, LpisEnabled)
            .WithBit(ClearEnableSupportedBit, true)
            .WithBit(InvalidateRegistersBit, _parts.Profile.InvalidateRegisters)
            .WithBit(DisableGroup0Bit, _group0BarredFromOneOfN)
            .WithBit(DisableGroup1Bit, _group1BarredFromOneOfN);

    private ulong Typer =>
        0UL.WithBit(0, true)
            .WithBit(3, _parts.Profile.DirectLpis)
            .WithBit(4, IsLast)
            .WithBit(OneOfNSupportedBit, _parts.Profile.HasOneOfN)
            .WithField(23, 8, (ulong)Index.Value)
            .WithField(25, 24, (ulong)_parts.Profile.CommonLpiAff)
            .WithField(63, 32, (_parts.Profile.ReportsAff3 ? _affinity : _affinity.WithoutAff3()).Packed);

    /// <summary>Where a driver that goes from frame to frame ends: no other vCPU's frame lies behind.</summary>
    private bool IsLast
    {
        get
        {
            var layout = _parts.Layout;
            if (layout.RedistributorBase(Index) is not { } frame)
            {
                return false;
            }

            var isFollowed = layout.RedistributorAt(frame + GicrMap.FrameSizeBytes) is { } next
                && next.Value < _parts.Redistributors.Length;
            return !isFollowed || (_parts.Profile.LastInEachRegion && layout.IsLastOfRegion(Index));
        }
    }

    private MemoryOutcome WriteWholeControl(ulong value)
    {
        var enabledBefore = LpisEnabled;
        var outcome = WriteControl(value.Bit(EnableLpisBit), out _);
        if (!outcome.IsNotResident)
        {
            _parts.Trace?.NoteSwitch(
                TracedRegister.GicrCtlr, enabledBefore ? 1u : 0, LpisEnabled ? 1u : 0, vcpu: Index);
            SetParticipation(value);
        }

        return outcome;
    }

    /// <summary>GICR_CTLR.DPG0 and DPG1NS; DPG1S is for a security state that there is not.</summary>
    public void SetParticipation(ulong control)
    {
        _group0BarredFromOneOfN = _parts.Profile.HasOneOfN && control.Bit(DisableGroup0Bit);
        _group1BarredFromOneOfN = _parts.Profile.HasOneOfN && control.Bit(DisableGroup1Bit);
        _parts.Lines.Touch(Index);
    }

    private MemoryOutcome WriteControl(bool enableLpis, out LpiEnableFindings findings)
    {
        findings = default;
        if (enableLpis == LpisEnabled)
        {
            return MemoryOutcome.Ok;
        }

        var transition = new LpiEnableTransition(_parts, this, _pendbaser);
        var outcome = enableLpis ? transition.Enable(out findings) : transition.Disable();
        if (!outcome.IsNotResident)
        {
            _propbaserInForce = enableLpis ? ConfigurationTable : PropbaserKeeper._ownPropbaser;
            _propbaserToBe = null;
            LpisEnabled = enableLpis;
            RefreshTakenLpis();
            // PTZ spoke of the table as it was then: from now on the table holds what a disable writes back.
            _pendbaser = _pendbaser.WithoutPendingTableZero();
        }

        return outcome;
    }

    private void RefreshTakenLpis()
    {
        _takenLpiCount = LpisEnabled ? Math.Max(1u << IntIdBits, IntId.FirstLpi) - IntId.FirstLpi : 0;
        _parts.ConfigurationReaders.NoteChange();
    }

    // The architecture leaves these writes UNPREDICTABLE while LPIs are enabled, and KVM ignores them
    // (redistributor-lpi section 12).
    private void WritePropbaser(GicrPropbaser value)
    {
        if (!LpisEnabled)
        {
            PropbaserKeeper._ownPropbaser = value.Sanitized(_parts.Profile.AttributePolicy);
            _parts.ConfigurationReaders.NoteChange();
        }
    }

    private void WritePendbaser(GicrPendbaser value)
    {
        if (!LpisEnabled)
        {
            _pendbaser = value.Sanitized(_parts.Profile.AttributePolicy);
        }
    }

    /// <summary>
    /// An LPI that is not this redistributor's by a collection comes to it now, with its configuration.
    /// </summary>
    private MemoryOutcome SetLpi(IntId lpi)
    {
        // A write of the upper half alone names no LPI.
        if (!_parts.Profile.DirectLpis || lpi.Value == 0)
        {
            return MemoryOutcome.Ok;
        }

        var record = _parts.Configurations.Record(lpi);
        if (!TakesLpi(lpi) || (record.IsConfigurationKnown && _parts.Configurations.TargetOf(record) == this))
        {
            PendDirectly(lpi);
            return MemoryOutcome.Ok;
        }

        var outcome = _parts.Configurations.Read(this, lpi, out var configuration);
        if (!outcome.IsNotResident && PendDirectly(lpi))
        {
            _parts.Configurations.Take(this, lpi, outcome, configuration);
        }

        return outcome;
    }

    /// <summary>Whether the LPI is pending now.</summary>
    private bool PendDirectly(IntId lpi)
    {
        var outcome = Lpis.Pend(lpi);
        _parts.Counters.CountDirectLpi(outcome);
        _parts.Trace?.NoteDirectLpi(Index, lpi, outcome);
        var isPending = outcome is MsiOutcome.Pended or MsiOutcome.Coalesced;
        if (!isPending)
        {
            _parts.Events.Append(new GicEvent
            {
                Kind = GicEventKind.DirectLpiDropped,
                Vcpu = Index,
                Lpi = lpi,
                Outcome = outcome,
            });
        }

        return isPending;
    }

    /// <summary>They come with GICR_TYPER.DirectLPI, too (redistributor-lpi section 2).</summary>
    private bool HasInvalidateRegisters => _parts.Profile.InvalidateRegisters || _parts.Profile.DirectLpis;

    private MemoryOutcome WriteInvalidateOne(IntId lpi) =>
        HasInvalidateRegisters && LpisEnabled && IsLpiInRange(lpi)
            ? _parts.Configurations.Reload(this, lpi)
            : MemoryOutcome.Ok;

    private MemoryOutcome WriteInvalidateAll() =>
        HasInvalidateRegisters && LpisEnabled ? InvalidateAll() : MemoryOutcome.Ok;
}
