using System.Collections.Immutable;

namespace ItsService.Core.State;

/// <summary>
/// All that a controller knows on behalf of its guest, at a command boundary. Each record is complete by construction:
/// its owner makes it, takes it apart and resets through it by position, so that a new part compiles in none of the
/// three until it has its place in all. Not in it are the shape and the profile, which the host keeps beside it; guest
/// memory; the events and counters of diagnosis; and what follows from the rest.
/// </summary>
/// <param name="Distributor">The distributor.</param>
/// <param name="Redistributors">The redistributors by the number of their vCPU.</param>
/// <param name="CpuInterfaces">The CPU interfaces by the number of their vCPU.</param>
/// <param name="Services">The ITSs by number.</param>
/// <param name="Lpis">Configurations of LPIs.</param>
/// <param name="FirstToStep">Which ITS has its turn first in the next step.</param>
public sealed record GicState(
    DistributorState Distributor,
    ImmutableArray<RedistributorState> Redistributors,
    ImmutableArray<CpuInterfaceState> CpuInterfaces,
    ImmutableArray<ItsState> Services,
    LpiConfigurationsState Lpis,
    int FirstToStep);
