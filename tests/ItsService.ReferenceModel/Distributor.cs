namespace ItsService.ReferenceModel;

/// <summary>The distributor and its SPIs: rd 10, 10.1, 10.2. One security state: DS and ARE read 1.</summary>
internal sealed class Distributor
{
    private const uint Ctlr = 0x0000;
    private const uint Typer = 0x0004;
    private const uint Iidr = 0x0008;
    private const uint Statusr = 0x0010;
    private const uint SetspiNsr = 0x0040;
    private const uint ClrspiNsr = 0x0048;
    private const uint SetspiSr = 0x0050;
    private const uint ClrspiSr = 0x0058;
    private const uint IrouterFirst = 0x6100;
    private const uint IrouterLast = 0x7FDF;
    private const uint IdentificationFirst = 0xFFD0;
    private const uint IdentificationLast = 0xFFFC;

    private const uint FirstSpi = 32;
    private const uint LastSpi = 1019;

    private readonly Machine _machine;
    private readonly InterruptRegisters _interrupts;
    private bool _enableGroup0;
    private bool _enableGroup1;

    public Distributor(Machine machine)
    {
        _machine = machine;
        var count = Math.Min(32 * (machine.Profile.GicdItLinesNumber + 1), LastSpi + 1) - FirstSpi;
        Spis = Enumerable.Range((int)FirstSpi, (int)count)
            .ToDictionary(intId => (uint)intId, intId => new Interrupt((uint)intId));
        _interrupts = new InterruptRegisters(machine, Spis);
    }

    /// <summary>By INTID.</summary>
    public IReadOnlyDictionary<uint, Interrupt> Spis { get; }

    /// <summary>GICD_CTLR.EnableGrp0 or EnableGrp1.</summary>
    public bool IsEnabled(bool group1) => group1 ? _enableGroup1 : _enableGroup0;

    public void Reset()
    {
        _enableGroup0 = false;
        _enableGroup1 = false;
        foreach (var spi in Spis.Values)
        {
            spi.Reset();
        }
    }

    public ulong Read(uint offset, int sizeBytes)
    {
        if (offset is >= InterruptRegisters.First and <= InterruptRegisters.Last)
        {
            return _interrupts.Read(offset, sizeBytes);
        }

        if (sizeBytes is not (4 or 8) || offset % (uint)sizeBytes != 0)
        {
            return 0;
        }

        if (offset is >= IrouterFirst and <= IrouterLast)
        {
            return Bits.Part(SpiOfRoute(offset)?.Route ?? 0, offset % 8, sizeBytes);
        }

        return sizeBytes == 4 ? Read32(offset) : 0;
    }

    public void Write(uint offset, int sizeBytes, ulong value)
    {
        if (offset is >= InterruptRegisters.First and <= InterruptRegisters.Last)
        {
            _interrupts.Write(offset, sizeBytes, value);
        }
        else if (sizeBytes is 4 or 8 && offset % (uint)sizeBytes == 0 && offset is >= IrouterFirst and <= IrouterLast)
        {
            WriteRoute(offset, sizeBytes, value);
        }
        else if (sizeBytes == 4 && offset == Ctlr)
        {
            _enableGroup0 = _machine.Profile.HasGroup0Enable && value.Bit(0);
            _enableGroup1 = value.Bit(1);
        }
        else if (sizeBytes == 4 && _machine.Profile.HasMessageBasedSpis)
        {
            WriteMessage(offset, (uint)value.Field(12, 0));
        }
    }

    private ulong Read32(uint offset) => offset switch
    {
        // rd 10.1: EnableGrp0 | EnableGrp1 | ARE | DS.
        Ctlr => _enableGroup0.At(0) | _enableGroup1.At(1) | true.At(4) | true.At(6),
        Typer => TyperValue(),
        Iidr => _machine.Profile.GicdIidr,
        Statusr => _machine.Profile.GicdStatusr,
        >= IdentificationFirst and <= IdentificationLast =>
            _machine.Profile.GicdIdentification[(int)(offset - IdentificationFirst) / 4],
        _ => 0,
    };

    private ulong TyperValue()
    {
        var profile = _machine.Profile;
        return profile.GicdItLinesNumber
            | profile.HasMessageBasedSpis.At(16)
            | true.At(17) // LPIS
            | ((ulong)(profile.IntIdBits - 1) << 19)
            | profile.GicdAff3Valid.At(24)
            | profile.GicdNo1N.At(25)
            | profile.HasRangeSelector.At(26);
    }

    private Interrupt? SpiOfRoute(uint offset) => Spis.GetValueOrDefault(FirstSpi + ((offset - IrouterFirst) / 8));

    private void WriteRoute(uint offset, int sizeBytes, ulong value)
    {
        if (SpiOfRoute(offset) is { } spi)
        {
            var written = Bits.Merge(spi.Route, offset % 8, sizeBytes, value);
            var irm = _machine.Profile.HasOneOfN ? Bits.Ones(31, 31) : 0;
            spi.Route = written & (Bits.Ones(39, 32) | irm | Bits.Ones(23, 0));
        }
    }

    /// <summary>rd 10: of an SPI by level it is the level, of one by edge the latch.</summary>
    private void WriteMessage(uint offset, uint intId)
    {
        var isSet = offset is SetspiNsr or SetspiSr;
        if (!(isSet || offset is ClrspiNsr or ClrspiSr) || Spis.GetValueOrDefault(intId) is not { } spi)
        {
            return;
        }

        if (spi.IsEdge)
        {
            spi.Latch = isSet;
        }
        else
        {
            spi.SetLine(isSet);
        }
    }
}
