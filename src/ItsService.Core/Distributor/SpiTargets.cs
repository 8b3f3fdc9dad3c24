using System.Numerics;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;

namespace ItsService.Core.Distributor;

/// <summary>Where SPIs go: GICD_IROUTER&lt;n&gt; and the vCPU that each means (redistributor-lpi 10.3).</summary>
internal sealed class SpiTargets
{
    private const short Nobody = -1;
    private const short AnyOfThem = -2;

    private readonly GicParts _parts;
    private ulong[] _routes = [];
    private short[] _targets = [];

    public SpiTargets(GicParts parts, InterruptBank[] banks)
    {
        _parts = parts;
        Resize(banks);
    }

    public InterruptBank[] Banks { get; private set; } = [];

    public int Count => _routes.Length;

    public ReadOnlySpan<ulong> Routes => _routes;

    private ulong WritableMask => GicdIrouter.WritableMaskOf(_parts.Profile);

    public ulong this[int spi] => _routes[spi];

    /// <summary>Takes other SPIs, of which nobody knows yet where they go.</summary>
    public void Resize(InterruptBank[] banks)
    {
        Banks = banks;
        _routes = new ulong[banks.Length * InterruptBank.Size];
        _targets = new short[_routes.Length];
    }

    /// <summary>Sends an SPI, by its place among them, elsewhere. What waits is for somebody else then.</summary>
    public void Route(int spi, ulong route)
    {
        var (bank, number) = PlaceOf(spi);
        Touch(bank, 1u << number);
        // A state may come from a version that kept a bit that means nothing here.
        _routes[spi] = route & WritableMask & (((bank.Implemented >> number) & 1) != 0 ? ulong.MaxValue : 0);
        _targets[spi] = TargetOf(_routes[spi]);
        Touch(bank, 1u << number);
    }

    /// <summary>Those of some SPIs that go to a vCPU.</summary>
    public uint OfVcpu(InterruptBank bank, int vcpu, uint interrupts) => Of(bank, (short)vcpu, interrupts);

    /// <summary>The vCPU that an SPI goes to; null where that is nobody, or may be any.</summary>
    public VcpuIndex? Target(int spi) => _targets[spi] is >= 0 and var vcpu ? new VcpuIndex(vcpu) : null;

    /// <summary>Those that may go to any.</summary>
    public uint OneOfN(InterruptBank bank, uint interrupts) => Of(bank, AnyOfThem, interrupts);

    /// <summary>Has the vCPUs that some SPIs are for look again.</summary>
    public void Touch(InterruptBank bank, uint interrupts)
    {
        for (; interrupts != 0; interrupts &= interrupts - 1)
        {
            switch (_targets[FirstOf(bank) + BitOperations.TrailingZeroCount(interrupts)])
            {
                case Nobody:
                    break;
                case AnyOfThem:
                    _parts.Distributor.OneOfN.Touch();
                    break;
                case var vcpu:
                    _parts.Redistributors[vcpu].Direct.SpisChanged();
                    _parts.Lines.Touch(new(vcpu));
                    break;
            }
        }
    }

    private static int FirstOf(InterruptBank bank) => (int)bank.FirstIntId - InterruptBank.Size;

    private (InterruptBank Bank, int Number) PlaceOf(int spi) =>
        (Banks[spi / InterruptBank.Size], spi % InterruptBank.Size);

    private uint Of(InterruptBank bank, short target, uint interrupts)
    {
        var found = 0u;
        for (var left = interrupts; left != 0; left &= left - 1)
        {
            var number = BitOperations.TrailingZeroCount(left);
            found |= _targets[FirstOf(bank) + number] == target ? 1u << number : 0;
        }

        return found;
    }

    private short TargetOf(ulong route) => route.Bit(GicdIrouter.RoutingModeBit)
        ? AnyOfThem
        : _parts.Affinities.Find(GicdIrouter.AffinityOf(route)) is { } vcpu ? (short)vcpu.Value : Nobody;
}
