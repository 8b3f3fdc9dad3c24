using System.Collections.Immutable;

namespace ItsService.Simulation.Shapes;

/// <summary>A controller to simulate, in words of its own: each side makes of it what it needs.</summary>
/// <param name="Profile">What it begins with.</param>
/// <param name="VcpuCount">1..512.</param>
/// <param name="ItsCount">1..8.</param>
internal sealed record Shape(ShapeProfile Profile, int VcpuCount, int ItsCount)
{
    private const int DefaultInlineCommands = 2048;
    private const int DefaultMax = 1 << 20;
    private const int DefaultPendingLpisMax = 1 << 17;

    private const ulong RedistributorBase = 0x080A_0000;
    private const ulong RedistributorBytes = 0x2_0000;

    /// <summary>In what it differs from the profile.</summary>
    public ImmutableSortedDictionary<ShapeOption, int> Options { get; init; } =
        ImmutableSortedDictionary<ShapeOption, int>.Empty;

    /// <summary>How many commands a register write runs before it returns.</summary>
    public int InlineCommands => Options.GetValueOrDefault(ShapeOption.InlineCommands, DefaultInlineCommands);

    /// <summary>How many events may be mapped.</summary>
    public int EventsMax => Options.GetValueOrDefault(ShapeOption.EventsMax, DefaultMax);

    /// <summary>How many devices may be mapped.</summary>
    public int DevicesMax => Options.GetValueOrDefault(ShapeOption.DevicesMax, DefaultMax);

    /// <summary>How many LPIs may be pending.</summary>
    public int PendingLpisMax => Options.GetValueOrDefault(ShapeOption.PendingLpisMax, DefaultPendingLpisMax);

    /// <summary>Whether GITS_UMSIR is there to be read.</summary>
    public bool HasUnmappedRecord => this[ShapeOption.StatusRegister] == 1 && this[ShapeOption.UnmappedRecord] == 1;

    /// <summary>Where the redistributors lie: so many from each base.</summary>
    public IReadOnlyList<(ulong Base, int Count)> Regions
    {
        get
        {
            var first = this[ShapeOption.SecondRegionFrom] is > 0 and var from ? from : VcpuCount;
            return first == VcpuCount
                ? [(RedistributorBase, VcpuCount)]
                : [(RedistributorBase, first), (Frame(first + this[ShapeOption.RegionGap]), VcpuCount - first)];
        }
    }

    /// <summary>An option's value, 0 where the profile decides.</summary>
    public int this[ShapeOption option] => Options.GetValueOrDefault(option);

    /// <summary>The affinity of each vCPU: 0, 1, 2, …, or numbers that have nothing to do with one another.</summary>
    public IEnumerable<uint> Affinities => Enumerable.Range(0, VcpuCount).Select(AffinityOf);

    /// <summary>Where the RD_base frame of a vCPU lies; of one that is not there, where it would.</summary>
    public ulong FrameOf(int vcpu)
    {
        var first = this[ShapeOption.SecondRegionFrom];
        return Frame(first > 0 && vcpu >= first ? vcpu + this[ShapeOption.RegionGap] : vcpu);
    }

    /// <summary>The affinity of one vCPU.</summary>
    public uint AffinityOf(int vcpu) =>
        this[ShapeOption.SparseAffinities] == 1 ? unchecked((uint)vcpu * 0x9E37_79B1) : (uint)vcpu;

    private static ulong Frame(int number) => RedistributorBase + (RedistributorBytes * (ulong)number);

    /// <summary>The same with an option set.</summary>
    public Shape With(ShapeOption option, int value) => this with { Options = Options.SetItem(option, value) };
}
