using ItsService.Core.Identifiers;

namespace ItsService.Core.Redistributors;

/// <summary>
/// What GICR_CTLR.EnableLPIs did not get from guest memory as it became 1. A guest is told by events.
/// </summary>
/// <param name="IsTableUnreadable">Whether the pending table could not be read.</param>
/// <param name="LostCount">How many LPIs the pending table has, when they are more than may become pending.</param>
/// <param name="Unreadable">
/// The first LPI of those that an event maps to this redistributor whose configuration lies outside guest RAM, in a
/// table that covers it.
/// </param>
internal readonly record struct LpiEnableFindings(bool IsTableUnreadable, int LostCount, IntId? Unreadable);
