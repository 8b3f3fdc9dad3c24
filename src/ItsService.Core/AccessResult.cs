using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Translation;

namespace ItsService.Core;

/// <summary>The answer to a register access.</summary>
/// <param name="Status">How it was taken.</param>
/// <param name="Value">What was read.</param>
/// <param name="Missing">What to fetch, when not resident.</param>
/// <param name="Msi">What became of the message, when GITS_TRANSLATER was written by a device.</param>
public readonly record struct AccessResult(
    AccessStatus Status, ulong Value = 0, GuestRange Missing = default, MsiResult? Msi = null)
{
    internal static AccessResult Paused => new(AccessStatus.Paused);

    internal static AccessResult Done(ulong value = 0) => new(AccessStatus.Ok, value);

    internal static AccessResult From(MemoryOutcome outcome) =>
        outcome.IsNotResident ? new(AccessStatus.NotResident, Missing: outcome.Missing) : Done();
}
