using System.Collections.Immutable;

namespace ItsService.Core.State;

/// <summary>The registers of an ITS's control frame, those of its queue apart.</summary>
/// <param name="IsEnabled">GITS_CTLR.Enabled.</param>
/// <param name="Basers">GITS_BASER0..7.</param>
/// <param name="Statusr">GITS_STATUSR; 0 where the profile has none.</param>
/// <param name="Umsir">GITS_UMSIR; 0 where the profile has none.</param>
public sealed record ItsControlFrameState(bool IsEnabled, ImmutableArray<ulong> Basers, ulong Statusr, ulong Umsir);
