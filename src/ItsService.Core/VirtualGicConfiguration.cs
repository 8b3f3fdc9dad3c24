using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;

namespace ItsService.Core;

/// <summary>The shape of a VM's interrupt controller, fixed for its life but for the places of frames.</summary>
public sealed record VirtualGicConfiguration
{
    /// <summary>The most vCPUs.</summary>
    public const int VcpuCountMax = 512;

    /// <summary>The most ITSs.</summary>
    public const int ItsCountMax = 8;

    /// <summary>Identification values and permitted choices.</summary>
    public GicProfile Profile { get; init; } = GicProfiles.Kvm;

    /// <summary>
    /// One for each vCPU, 1..512, all different in what <see cref="GicProfile.ReportsAff3"/> lets GICR_TYPER tell.
    /// </summary>
    public required IReadOnlyList<Affinity> Affinities { get; init; }

    /// <summary>How many ITSs, 1..8.</summary>
    public int ItsCount { get; init; } = 1;

    /// <summary>Where the frames lie.</summary>
    public FrameLayout Layout { get; init; } = new();

    /// <summary>
    /// The most commands that a register write runs before it returns; the rest wait for <see cref="VirtualGic.Step"/>.
    /// </summary>
    public int InlineCommandsMax { get; init; } = 2048;

    /// <summary>
    /// The most events that may be mapped at a time in the whole VM. A guest that lays its translation tables over one
    /// another could otherwise make the host spend memory without bound.
    /// </summary>
    public long MappedEventsMax { get; init; } = 4L << 20;

    /// <summary>The most devices that may be mapped at a time in the whole VM, for the same reason.</summary>
    public long MappedDevicesMax { get; init; } = 1L << 20;

    /// <summary>
    /// The most LPIs that may be pending at a time in the whole VM, one that is pending at two redistributors counted
    /// twice. Each may cost the host three kilobytes, and a guest makes any number pending by a pending table full of
    /// ones. A guest with 16 INTID bits whose LPIs are pending in one place each never has more than 57,344.
    /// </summary>
    public int PendingLpisMax { get; init; } = 1 << 17;

    /// <summary>
    /// The most events that are kept of each sort, of commands, messages and memory; of more the newest are. At least
    /// one.
    /// </summary>
    public int EventsMax { get; init; } = EventBuffer.DefaultCapacity;
}
