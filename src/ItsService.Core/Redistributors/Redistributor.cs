using ItsService.Core.Distributor;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Registers;

namespace ItsService.Core.Redistributors;

/// <summary>One vCPU's redistributor: its RD_base and SGI_base frames, and the LPIs pending for it.</summary>
internal sealed class Redistributor : IRegisterBlock
{
    private const int EnableLpisBit = 0;
    private const int ClearEnableSupportedBit = 1;
    private const int InvalidateRegistersBit = 2;
    private const ulong Asleep = 0b110;

    private readonly GicParts _parts;
    private readonly Affinity _affinity;
    private GicrPropbaser _ownPropbaser;
    private GicrPendbaser _pendbaser;
    private bool _asleep;

    public Redistributor(GicParts parts, VcpuIndex index, Affinity affinity)
    {
        _parts = parts;
        _affinity = affinity;
        Index = index;
        Lpis = new PendingLpis(this, parts);
        Reset();
    }

    public VcpuIndex Index { get; }

    public Affinity Affinity => _affinity;

    /// <summary>SGIs and PPIs.</summary>
    public InterruptBank PrivateInterrupts { get; } = new(firstIntId: 0);

    public PendingLpis Lpis { get; }

    /// <summary>GICR_CTLR.EnableLPIs.</summary>
    public bool LpisEnabled { get; private set; }

    /// <summary>GICR_PROPBASER; in a profile where it is shared, the first redistributor keeps it for all.</summary>
    public GicrPropbaser Propbaser
    {
        get => PropbaserKeeper._ownPropbaser;
        private set => PropbaserKeeper._ownPropbaser = value;
    }

    public GuestAddress PendingTable => _pendbaser.Address;

    /// <summary>The width of LPIs here: that of the table, but never more than the distributor's (tables section 9).</summary>
    public int IntIdBits => Math.Min(Propbaser.IntIdBits, _parts.Profile.IntIdBits);

    private Redistributor PropbaserKeeper => _parts.Profile.SharedPropbaser ? _parts.Redistributors[0] : this;

    /// <summary>Whether the INTID is an LPI that the configuration table covers.</summary>
    public bool IsLpiInRange(IntId lpi) => lpi.IsLpi && (lpi.Value >> IntIdBits) == 0;

    public void Reset()
    {
        LpisEnabled = false;
        _ownPropbaser = new GicrPropbaser(_parts.Profile.LpiBaserReset);
        _pendbaser = new GicrPendbaser(_parts.Profile.LpiBaserReset);
        _asleep = _parts.Profile.HasWaker;
        PrivateInterrupts.Reset();
        Lpis.Clear();
    }

    public ulong ReadRegister(RegisterRow row, int index) => row.Id switch
    {
        RegisterId.GicrCtlr => Control,
        RegisterId.GicrIidr => _parts.Profile.GicrIidr,
        RegisterId.GicrTyper => Typer,
        RegisterId.GicrWaker => _asleep ? Asleep : 0,
        RegisterId.GicrPropbaser => Propbaser.Raw,
        RegisterId.GicrPendbaser => _pendbaser.AsRead,
        RegisterId.Identification => _parts.Profile.GicrIdentification.At(row.Offset),
        _ => PrivateInterrupts.Read(row.Id, index),
    };

    public MemoryOutcome WriteRegister(RegisterRow row, int index, ulong value)
    {
        switch (row.Id)
        {
            case RegisterId.GicrCtlr:
                return WriteControl(value.Bit(EnableLpisBit));
            case RegisterId.GicrWaker:
                _asleep = _parts.Profile.HasWaker && value.Bit(1);
                break;
            case RegisterId.GicrPropbaser:
                WritePropbaser(new GicrPropbaser(value));
                break;
            case RegisterId.GicrPendbaser:
                WritePendbaser(new GicrPendbaser(value));
                break;
            case RegisterId.GicrSetlpir or RegisterId.GicrClrlpir:
                return WriteDirectLpi(row.Id, new IntId((uint)value));
            case RegisterId.GicrInvlpir:
                return WriteInvalidateOne(new IntId((uint)value));
            case RegisterId.GicrInvallr:
                return WriteInvalidateAll();
            default:
                PrivateInterrupts.Write(row.Id, index, (uint)value, _parts.Profile.PriorityMask);
                break;
        }

        return MemoryOutcome.Ok;
    }

    /// <summary>CES reads 1: EnableLPIs can be cleared. RWP reads 0: what a write does is done when it returns.</summary>
    private ulong Control =>
        0UL.WithBit(EnableLpisBit, LpisEnabled)
            .WithBit(ClearEnableSupportedBit, true)
            .WithBit(InvalidateRegistersBit, _parts.Profile.InvalidateRegisters);

    private ulong Typer =>
        0UL.WithBit(0, true)
            .WithBit(3, _parts.Profile.DirectLpis)
            .WithBit(4, IsLast)
            .WithField(23, 8, (ulong)Index.Value)
            .WithField(25, 24, (ulong)_parts.Profile.CommonLpiAff)
            .WithField(63, 32, (_parts.Profile.ReportsAff3 ? _affinity : _affinity.WithoutAff3()).Packed);

    /// <summary>GICR_TYPER.Last: the last of its region, which may have room for more than there are.</summary>
    private bool IsLast =>
        _parts.Layout.IsLastOfRegion(Index)
        || (Index.Value == _parts.Redistributors.Length - 1 && _parts.Layout.RedistributorBase(Index) is not null);

    private MemoryOutcome WriteControl(bool enableLpis)
    {
        if (enableLpis == LpisEnabled)
        {
            return MemoryOutcome.Ok;
        }

        var transition = new LpiEnableTransition(_parts, this, _pendbaser);
        var outcome = enableLpis ? transition.Enable() : transition.Disable();
        if (!outcome.IsNotResident)
        {
            LpisEnabled = enableLpis;
            _parts.Lines.Touch(Index);
        }

        return outcome;
    }

    // Both tables stay where they are while LPIs are enabled here: the architecture leaves such a write UNPREDICTABLE,
    // and KVM ignores it (redistributor-lpi section 12).
    private void WritePropbaser(GicrPropbaser value)
    {
        if (!LpisEnabled)
        {
            Propbaser = value.Sanitized(_parts.Profile.AttributePolicy);
        }
    }

    private void WritePendbaser(GicrPendbaser value)
    {
        if (!LpisEnabled)
        {
            _pendbaser = value.Sanitized(_parts.Profile.AttributePolicy);
        }
    }

    private MemoryOutcome WriteDirectLpi(RegisterId register, IntId lpi)
    {
        if (!_parts.Profile.DirectLpis || !LpisEnabled || !IsLpiInRange(lpi))
        {
            return MemoryOutcome.Ok;
        }

        if (register == RegisterId.GicrClrlpir)
        {
            Lpis.Remove(lpi);
            return MemoryOutcome.Ok;
        }

        var outcome = _parts.Configurations.Record(lpi).IsConfigurationKnown ? MemoryOutcome.Ok : ReadConfiguration(lpi);
        if (outcome.IsOk)
        {
            Lpis.Add(lpi);
        }

        return outcome;
    }

    private MemoryOutcome WriteInvalidateOne(IntId lpi) =>
        _parts.Profile.InvalidateRegisters && LpisEnabled && IsLpiInRange(lpi)
            ? ReadConfiguration(lpi)
            : MemoryOutcome.Ok;

    /// <summary>Reads an LPI's configuration anew. Ok, too, where it cannot be read: it then keeps the one it has.</summary>
    private MemoryOutcome ReadConfiguration(IntId lpi)
    {
        var refresh = new LpiConfigurationRefresh(_parts, this);
        var outcome = refresh.Collect(lpi);
        if (outcome.IsOk)
        {
            refresh.Commit();
        }

        return outcome;
    }

    private MemoryOutcome WriteInvalidateAll() =>
        _parts.Profile.InvalidateRegisters && LpisEnabled ? InvalidateAll() : MemoryOutcome.Ok;

    /// <summary>
    /// Reads anew the configurations of all LPIs that concern this redistributor: those whose collection targets it,
    /// those that no event has mapped, and those pending here.
    /// </summary>
    public MemoryOutcome InvalidateAll()
    {
        var refresh = new LpiConfigurationRefresh(_parts, this);
        foreach (var (lpi, record) in _parts.Configurations.InOrder())
        {
            if (record.IsOwned && _parts.Configurations.TargetOf(record) != this && !Lpis.Contains(lpi))
            {
                continue;
            }

            var outcome = refresh.Collect(lpi);
            if (!outcome.IsOk)
            {
                return outcome;
            }
        }

        // One that is pending here and was never read has no record.
        foreach (var lpi in Lpis.InOrder().Where(lpi => !_parts.Configurations.Record(lpi).IsPresent))
        {
            var outcome = refresh.Collect(lpi);
            if (!outcome.IsOk)
            {
                return outcome;
            }
        }

        refresh.Commit();
        return MemoryOutcome.Ok;
    }
}
