using System.Collections.Immutable;

namespace ItsService.Core.State;

/// <summary>What is remembered of LPIs beside their mappings and their pending state.</summary>
/// <param name="Blocks">Their configurations as last read.</param>
/// <param name="Owners">
/// The collection of each LPI whose events do not tell it: where several events map the LPI, or did.
/// </param>
public sealed record LpiConfigurationsState(
    ImmutableArray<LpiBlockState> Blocks, ImmutableArray<LpiOwnerState> Owners);
