using System.Collections.Immutable;

namespace ItsService.Core.State;

/// <summary>256 LPIs that follow one another, of which some have a configuration.</summary>
/// <param name="FirstLpi">The first of them: 8192 and a multiple of 256.</param>
/// <param name="Known">A bit for each whose configuration was read, four words.</param>
/// <param name="Configurations">The bytes as last read; 0 where none was.</param>
public sealed record LpiBlockState(uint FirstLpi, ImmutableArray<ulong> Known, ImmutableArray<byte> Configurations);
