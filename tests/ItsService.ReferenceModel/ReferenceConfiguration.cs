namespace ItsService.ReferenceModel;

/// <summary>One controller to model.</summary>
/// <param name="Profile">What the implementation chose.</param>
/// <param name="Affinities">For each vCPU its affinity, packed as Aff3.Aff2.Aff1.Aff0, a byte each.</param>
/// <param name="ItsCount">How many ITSs share the redistributors.</param>
/// <param name="RedistributorBase">Where the redistributors' frames lie, 128 KiB each and one after the other; with
/// GITS_TYPER.PTA commands name them so.</param>
/// <param name="MappedEventsMax">How many events all devices of all ITSs may map.</param>
/// <param name="MappedDevicesMax">How many devices all ITSs may map.</param>
public sealed record ReferenceConfiguration(
    ReferenceProfile Profile,
    IReadOnlyList<uint> Affinities,
    int ItsCount,
    ulong? RedistributorBase,
    long MappedEventsMax,
    long MappedDevicesMax)
{
    /// <summary>
    /// Where the redistributors' frames lie when not all one after the other from <see cref="RedistributorBase"/>: so
    /// many from each base, in the order of the vCPUs.
    /// </summary>
    public IReadOnlyList<(ulong Base, int Count)> RedistributorRegions { get; init; } = [];

    /// <summary>How many LPIs may be pending at all redistributors together.</summary>
    public int PendingLpisMax { get; init; } = 131_072;

    /// <summary>
    /// Whether a write that lets a queue go on leaves the commands waiting, until
    /// <see cref="ReferenceGic.RunCommands"/> says how many of them run.
    /// </summary>
    public bool CommandsRunOnlyWhenTold { get; init; }
}
