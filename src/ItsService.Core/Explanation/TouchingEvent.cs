using ItsService.Core.Commands;
using ItsService.Core.Events;

namespace ItsService.Core.Explanation;

/// <summary>Something that happened to a mapping: a command that was executed, or a mistake that was kept.</summary>
/// <param name="Command">The command; null for a mistake.</param>
/// <param name="Mistake">The mistake; null for a command.</param>
public readonly record struct TouchingEvent(ExecutedCommand? Command, KeptEvent? Mistake);
