namespace ItsService.ReferenceModel;

/// <summary>
/// One redistributor: its SGIs and PPIs, rd 6, and its LPIs, rd 3, 8; tables 9, 10; decisions 0002 and 0004.
/// </summary>
internal sealed class Redistributor
{
    public const uint FirstLpi = 8192;

    private readonly Machine _machine;
    private ulong _ownPropbaser;
    private ulong _propbaserWhenEnabled;

    public Redistributor(Machine machine, int vcpu)
    {
        _machine = machine;
        Vcpu = vcpu;
        Interrupts = Enumerable.Range(0, 32).ToDictionary(intId => (uint)intId, intId => new Interrupt((uint)intId));
        Registers = new RedistributorRegisters(machine, this);
    }

    public int Vcpu { get; }

    public RedistributorRegisters Registers { get; }

    /// <summary>SGIs and PPIs by INTID.</summary>
    public IReadOnlyDictionary<uint, Interrupt> Interrupts { get; }

    public bool LpisEnabled { get; private set; }

    public ulong Pendbaser { get; private set; }

    /// <summary>GICR_PENDBASER.PTZ, which reads 0, as last written: it counts for one enable.</summary>
    public bool PendingTableIsZero { get; private set; }

    /// <summary>GICR_WAKER.ProcessorSleep.</summary>
    public bool ProcessorSleep { get; set; }

    /// <summary>rd 5. Without the register it is always awake.</summary>
    public bool IsAsleep => _machine.Profile.HasWaker && ProcessorSleep;

    /// <summary>GICR_CTLR.DPG0 and DPG1NS: rd 3. DPG1S is for a security state that there is not.</summary>
    public bool BarsGroup0FromOneOfN { get; set; }

    public bool BarsGroup1FromOneOfN { get; set; }

    public SortedSet<uint> Pending { get; } = [];

    public ulong Propbaser
    {
        get => _machine.Profile.SharedPropbaser ? _machine.SharedPropbaser : _ownPropbaser;
        private set
        {
            if (_machine.Profile.SharedPropbaser)
            {
                _machine.SharedPropbaser = value;
            }
            else
            {
                _ownPropbaser = value;
            }
        }
    }

    /// <summary>While LPIs are enabled here, what the register held when they were: decision 0002.</summary>
    private ulong PropbaserInForce => LpisEnabled ? _propbaserWhenEnabled : Propbaser;

    public bool IsBarredFromOneOfN(bool group1) => group1 ? BarsGroup1FromOneOfN : BarsGroup0FromOneOfN;

    public void Reset()
    {
        foreach (var interrupt in Interrupts.Values)
        {
            interrupt.Reset();
        }

        BarsGroup0FromOneOfN = false;
        BarsGroup1FromOneOfN = false;
        _ownPropbaser = _machine.Profile.LpiBaserReset;
        _propbaserWhenEnabled = 0;
        LpisEnabled = false;
        Pendbaser = _machine.Profile.LpiBaserReset;
        PendingTableIsZero = false;
        ProcessorSleep = true;
        Pending.Clear();
    }

    /// <summary>docs/command-errors.md, "In range at a redistributor": how many bits such INTIDs have.</summary>
    public int IntIdBits() => Math.Min((int)PropbaserInForce.Field(4, 0) + 1, _machine.Profile.IntIdBits);

    public bool InRange(uint lpi) => lpi >= FirstLpi && lpi < 1UL << IntIdBits();

    /// <summary>tables 9: the byte at base + (INTID - 8192).</summary>
    public bool TryReadConfiguration(uint lpi, out byte value)
    {
        Span<byte> bytes = stackalloc byte[1];
        var address = (PropbaserInForce.Field(51, 12) << 12) + (lpi - FirstLpi);
        var read = _machine.Memory.TryRead(address, bytes);
        value = bytes[0];
        return read;
    }

    /// <summary>tables 9. Ignored while LPIs are enabled here: decision 0004.</summary>
    public void WritePropbaser(ulong value)
    {
        if (!LpisEnabled)
        {
            var kept = value & (Bits.Ones(58, 56) | Bits.Ones(51, 12) | Bits.Ones(11, 7) | Bits.Ones(4, 0));
            Propbaser = _machine.Sanitised(kept, innerLow: 7, outerLow: 56);
        }
    }

    /// <summary>
    /// Whether the LPI's byte of the pending table is in RAM: commands 6.3. Not asked of a table that is not in use,
    /// nor of an LPI that it does not cover: decision 0004.
    /// </summary>
    public bool CanWriteBack(uint lpi) =>
        !LpisEnabled || !InRange(lpi) || _machine.Memory.CanWrite((Pendbaser.Field(51, 16) << 16) + (lpi / 8), 1);

    /// <summary>tables 10. Ignored while LPIs are enabled here: decision 0004.</summary>
    public void WritePendbaser(ulong value)
    {
        if (!LpisEnabled)
        {
            var kept = value & (Bits.Ones(58, 56) | Bits.Ones(51, 16) | Bits.Ones(11, 7));
            Pendbaser = _machine.Sanitised(kept, innerLow: 7, outerLow: 56);
            PendingTableIsZero = value.Bit(62);
        }
    }

    /// <summary>GICR_CTLR.EnableLPIs: rd 3. Writing what it is already does nothing.</summary>
    public void WriteEnableLpis(bool enable)
    {
        if (enable && !LpisEnabled)
        {
            Enable();
        }
        else if (!enable && LpisEnabled)
        {
            Disable();
        }
    }

    /// <summary>The last step of a message, of INT and of SETLPIR: commands 8.</summary>
    public ReferenceMsiOutcome Pend(uint lpi)
    {
        if (!LpisEnabled)
        {
            return ReferenceMsiOutcome.DroppedLpisDisabled;
        }

        if (!InRange(lpi))
        {
            return ReferenceMsiOutcome.DroppedIntIdOutOfRange;
        }

        if (Pending.Contains(lpi))
        {
            return ReferenceMsiOutcome.Coalesced;
        }

        // Decision 0004: the most that may be pending in the VM.
        if (!_machine.MayBecomePending(1))
        {
            return ReferenceMsiOutcome.DroppedPendingLimit;
        }

        Pending.Add(lpi);
        return ReferenceMsiOutcome.Pended;
    }

    /// <summary>
    /// MOVI, MOVALL, MAPC: a pending LPI goes along if the destination can hold it: decision 0004. Whether it went.
    /// </summary>
    public bool MovePending(uint lpi, Redistributor destination)
    {
        if (destination == this || !destination.LpisEnabled || !destination.InRange(lpi) || !Pending.Remove(lpi))
        {
            return false;
        }

        destination.Pending.Add(lpi);
        return true;
    }

    private void Enable()
    {
        _propbaserWhenEnabled = Propbaser;
        LpisEnabled = true;
        Pending.Clear();
        if (!PendingTableIsZero)
        {
            ReadPendingTable();
        }

        PendingTableIsZero = false;

        // Decision 0002: the LPIs that target this redistributor, and those that its pending table holds.
        var lpis = new SortedSet<uint>(_machine.Configurations.LpisThatTarget(Vcpu));
        lpis.UnionWith(Pending);
        foreach (var lpi in lpis)
        {
            _machine.Configurations.Refresh(this, lpi);
        }
    }

    /// <summary>Zeros are written too. If the table is not wholly in RAM nothing is, and the state is lost.</summary>
    private void Disable()
    {
        var table = new byte[PendingTableBytes()];
        foreach (var lpi in Pending)
        {
            table[(lpi / 8) - 1024] |= (byte)(1 << (int)(lpi % 8));
        }

        if (table.Length != 0 && !_machine.Memory.TryWrite(PendingTableAddress(), table))
        {
            _machine.LostLpis += Pending.Count;
        }

        Pending.Clear();
        LpisEnabled = false;
        _machine.Configurations.ForgetWhatIsNowhere();
    }

    /// <summary>
    /// tables 10: the bit of INTID n is bit n mod 8 of byte n / 8. LPIs that nothing maps count too. All or none become
    /// pending: decision 0004.
    /// </summary>
    private void ReadPendingTable()
    {
        var table = new byte[PendingTableBytes()];
        if (!_machine.Memory.TryRead(PendingTableAddress(), table))
        {
            return;
        }

        var found = new List<uint>();
        for (var position = 0; position < table.Length; position++)
        {
            for (var bit = 0; bit < 8 && table[position] != 0; bit++)
            {
                if ((table[position] & (1 << bit)) != 0)
                {
                    found.Add((uint)((8 * (position + 1024)) + bit));
                }
            }
        }

        if (_machine.MayBecomePending(found.Count))
        {
            Pending.UnionWith(found);
        }
        else
        {
            _machine.LostLpis += found.Count;
        }
    }

    /// <summary>The first 1 KiB, which would hold INTIDs below 8192, is left alone.</summary>
    private ulong PendingTableAddress() => (Pendbaser.Field(51, 16) << 16) + 1024;

    private int PendingTableBytes() => Math.Max(0, (int)((1L << IntIdBits()) / 8) - 1024);
}
