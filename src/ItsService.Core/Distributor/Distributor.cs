using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;
using ItsService.Core.State;
using ItsService.Core.Tracing;

namespace ItsService.Core.Distributor;

/// <summary>The distributor's frame and its SPIs, with one security state and affinity routing always on.</summary>
internal sealed class Distributor : IRegisterBlock, IInterruptOwner
{
    private const int EnableGroup0Bit = 0;
    private const int EnableGroup1Bit = 1;

    /// <summary>GICD_CTLR.DS and ARE, which read as one: a single security state, affinity routing.</summary>
    private const ulong FixedControl = 0x50;

    private readonly GicParts _parts;
    private InterruptBank[] _spiBanks;

    public Distributor(GicParts parts)
    {
        _parts = parts;
        _spiBanks = NewBanks();
        Targets = new SpiTargets(parts, _spiBanks);
        OneOfN = new OneOfNOffers(parts, Targets);
    }

    /// <summary>GICD_CTLR.EnableGrp0: Group 0 interrupts are forwarded to the CPU interfaces.</summary>
    public bool Group0Enabled { get; private set; }

    /// <summary>GICD_CTLR.EnableGrp1: Group 1 interrupts, and so LPIs, are.</summary>
    public bool Group1Enabled { get; private set; }

    /// <summary>Where SPIs go.</summary>
    public SpiTargets Targets { get; }

    /// <summary>Who is offered those that may go to any vCPU.</summary>
    public OneOfNOffers OneOfN { get; }

    public DistributorState StateAtReset => new(
        Group0Enabled: false,
        Group1Enabled: false,
        SpiBanks: [.. _spiBanks.Select(_ => InterruptBank.StateAtReset(isPrivate: false))],
        Routes: [.. new ulong[Targets.Count]]);

    public DistributorState Save() =>
        new(Group0Enabled, Group1Enabled, [.. _spiBanks.Select(bank => bank.Save())], [.. Targets.Routes]);

    public void Restore(DistributorState state)
    {
        (Group0Enabled, Group1Enabled, var banks, var routes) = state;
        for (var number = 0; number < _spiBanks.Length; number++)
        {
            _spiBanks[number].Restore(banks[number]);
        }

        for (var spi = 0; spi < routes.Length; spi++)
        {
            Targets.Route(spi, routes[spi]);
        }
    }

    /// <summary>As many SPIs as the profile has by now, in the state of a reset.</summary>
    public void Resize()
    {
        _spiBanks = NewBanks();
        Targets.Resize(_spiBanks);
        OneOfN.Touch();
        Restore(StateAtReset);
    }

    /// <summary>No SPI was pending before.</summary>
    public void BeginHistory()
    {
        foreach (var bank in _spiBanks)
        {
            bank.BeginHistory();
        }
    }

    /// <summary>The bank of an SPI, and its number there; null where there is no such SPI.</summary>
    public InterruptBank? FindSpi(IntId intId, out int number)
    {
        number = (int)(intId.Value % InterruptBank.Size);
        var bank = (intId.Value / InterruptBank.Size) - 1;
        return bank < _spiBanks.Length && ((_spiBanks[bank].Implemented >> number) & 1) != 0 ? _spiBanks[bank] : null;
    }

    public ulong ReadRegister(RegisterRow row, int index)
    {
        switch (row.Id)
        {
            case RegisterId.GicdCtlr:
                return FixedControl | Enables;
            case RegisterId.GicdTyper:
                return TyperValues.Gicd(_parts.Profile);
            case RegisterId.GicdIidr:
                return _parts.Profile.GicdIidr;
            case RegisterId.GicdStatusr:
                return _parts.Profile.GicdStatusr;
            case RegisterId.GicdIrouter:
                return index < Targets.Count ? Targets[index] : 0;
            case RegisterId.Identification:
                return _parts.Profile.GicdIdentification.At(row.Offset);
            default:
                return FindBank(row.Id, index, out var indexInBank) is { } bank
                    ? BankRegisters.Read(bank, row.Id, indexInBank)
                    : 0;
        }
    }

    public ulong ReadStored(RegisterRow row, int index) =>
        FindBank(row.Id, index, out var indexInBank) is { } bank
            ? BankRegisters.ReadStored(bank, row.Id, indexInBank)
            : ReadRegister(row, index);

    public MemoryOutcome WriteRegister(RegisterRow row, int index, ulong value)
    {
        switch (row.Id)
        {
            case RegisterId.GicdCtlr:
                WriteControl(value);
                break;
            case RegisterId.GicdIrouter:
                if (index < Targets.Count)
                {
                    Targets.Route(index, value);
                }

                break;
            case RegisterId.GicdSetspi:
                TakeMessage(new IntId((uint)value), isSet: true);
                break;
            case RegisterId.GicdClrspi:
                TakeMessage(new IntId((uint)value), isSet: false);
                break;
            default:
                if (FindBank(row.Id, index, out var indexInBank) is { } bank)
                {
                    BankRegisters.Write(bank, row.Id, indexInBank, (uint)value, _parts.Profile.PriorityMask);
                }

                break;
        }

        return MemoryOutcome.Ok;
    }

    public void InterruptsChanged(InterruptBank bank, uint interrupts) => Targets.Touch(bank, interrupts);

    public void InterruptsEnded(InterruptBank bank) => _parts.Ended.Note(bank, vcpu: null);

    private ulong Enables => 0UL.WithBit(EnableGroup0Bit, Group0Enabled).WithBit(EnableGroup1Bit, Group1Enabled);

    private void WriteControl(ulong value)
    {
        var before = Enables;
        Group0Enabled = _parts.Profile.HasGroup0Enable && value.Bit(EnableGroup0Bit);
        Group1Enabled = value.Bit(EnableGroup1Bit);
        _parts.Trace?.NoteSwitch(TracedRegister.GicdCtlr, (uint)before, (uint)Enables);
        _parts.Lines.TouchAll();
        _parts.Work.AddLooks(_parts.Redistributors.Length);
    }

    /// <summary>
    /// GICD_SETSPI and GICD_CLRSPI: by level the message moves the level, by edge the latch (redistributor-lpi 10).
    /// </summary>
    private void TakeMessage(IntId spi, bool isSet)
    {
        if (!_parts.Profile.HasMessageBasedSpis || FindSpi(spi, out var number) is not { } bank)
        {
            return;
        }

        var bit = 1u << number;
        if ((bank.EdgeTriggered & bit) == 0)
        {
            bank.SetLevel(number, isSet);
        }
        else if (isSet)
        {
            bank.SetPending(bit);
        }
        else
        {
            bank.ClearPending(bit);
        }
    }

    /// <summary>
    /// The bank that a register of an array belongs to. Bank 0 is each redistributor's own, and there is none above
    /// GICD_TYPER.ITLinesNumber: both read zero and ignore writes.
    /// </summary>
    private InterruptBank? FindBank(RegisterId register, int index, out int indexInBank)
    {
        var registersInBank = register switch { RegisterId.Ipriorityr => 8, RegisterId.Icfgr => 2, _ => 1 };
        indexInBank = index % registersInBank;
        var spiBank = (index / registersInBank) - 1;
        return register is >= RegisterId.Igroupr and <= RegisterId.Icfgr && (uint)spiBank < (uint)_spiBanks.Length
            ? _spiBanks[spiBank]
            : null;
    }

    private InterruptBank[] NewBanks() =>
    [
        .. Enumerable.Range(1, (_parts.Profile.IntIdLines / InterruptBank.Size) - 1)
            .Select(number => new InterruptBank(this, (uint)(number * InterruptBank.Size))),
    ];
}
