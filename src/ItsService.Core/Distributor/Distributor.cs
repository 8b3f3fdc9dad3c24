using ItsService.Core.Memory;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;
using ItsService.Core.State;

namespace ItsService.Core.Distributor;

/// <summary>The distributor's frame, with one security state and affinity routing always on.</summary>
internal sealed class Distributor : IRegisterBlock
{
    private const int EnableGroup0Bit = 0;
    private const int EnableGroup1Bit = 1;

    /// <summary>GICD_CTLR.DS and ARE, which read as one: a single security state, affinity routing.</summary>
    private const ulong FixedControl = 0x50;

    private readonly GicParts _parts;
    private readonly InterruptBank[] _spiBanks;
    private readonly ulong[] _routes;
    private bool _group0Enabled;

    public Distributor(GicParts parts)
    {
        _parts = parts;
        var spiCount = parts.Profile.IntIdLines - InterruptBank.Size;
        _spiBanks =
        [
            .. Enumerable.Range(1, spiCount / InterruptBank.Size)
                .Select(number => new InterruptBank((uint)(number * InterruptBank.Size))),
        ];
        _routes = new ulong[spiCount];
        Restore(StateAtReset);
    }

    /// <summary>GICD_CTLR.EnableGrp1: Group 1 interrupts, and so LPIs, are forwarded to the CPU interfaces.</summary>
    public bool Group1Enabled { get; private set; }

    public DistributorState StateAtReset => new(
        Group0Enabled: false,
        Group1Enabled: false,
        SpiBanks: [.. _spiBanks.Select(_ => InterruptBank.StateAtReset(isPrivate: false))],
        Routes: [.. new ulong[_routes.Length]]);

    public DistributorState Save() =>
        new(_group0Enabled, Group1Enabled, [.. _spiBanks.Select(bank => bank.Save())], [.. _routes]);

    public void Restore(DistributorState state)
    {
        (_group0Enabled, Group1Enabled, var banks, var routes) = state;
        routes.CopyTo(_routes);
        for (var number = 0; number < _spiBanks.Length; number++)
        {
            _spiBanks[number].Restore(banks[number]);
        }
    }

    public ulong ReadRegister(RegisterRow row, int index)
    {
        switch (row.Id)
        {
            case RegisterId.GicdCtlr:
                return FixedControl.WithBit(EnableGroup0Bit, _group0Enabled).WithBit(EnableGroup1Bit, Group1Enabled);
            case RegisterId.GicdTyper:
                return TyperValues.Gicd(_parts.Profile);
            case RegisterId.GicdIidr:
                return _parts.Profile.GicdIidr;
            case RegisterId.GicdStatusr:
                return _parts.Profile.GicdStatusr;
            case RegisterId.GicdIrouter:
                return index < _routes.Length ? _routes[index] : 0;
            case RegisterId.Identification:
                return _parts.Profile.GicdIdentification.At(row.Offset);
            default:
                return FindBank(row.Id, index, out var indexInBank) is { } bank ? bank.Read(row.Id, indexInBank) : 0;
        }
    }

    public MemoryOutcome WriteRegister(RegisterRow row, int index, ulong value)
    {
        switch (row.Id)
        {
            case RegisterId.GicdCtlr:
                _group0Enabled = _parts.Profile.HasGroup0Enable && value.Bit(EnableGroup0Bit);
                Group1Enabled = value.Bit(EnableGroup1Bit);
                _parts.Lines.TouchAll();
                _parts.Work.AddLooks(_parts.Redistributors.Length);
                break;
            case RegisterId.GicdIrouter:
                if (index < _routes.Length)
                {
                    _routes[index] = value;
                }

                break;
            default:
                FindBank(row.Id, index, out var indexInBank)
                    ?.Write(row.Id, indexInBank, (uint)value, _parts.Profile.PriorityMask);
                break;
        }

        return MemoryOutcome.Ok;
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
}
