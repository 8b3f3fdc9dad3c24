namespace ItsService.Core.Identifiers;

/// <summary>The number of one event of one device; what the device writes to GITS_TRANSLATER.</summary>
/// <param name="Value">The number.</param>
public readonly record struct EventId(uint Value);
