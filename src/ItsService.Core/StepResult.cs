using ItsService.Core.Identifiers;

namespace ItsService.Core;

/// <summary>What <see cref="VirtualGic.Step"/> did.</summary>
/// <param name="Status">
/// Ok; Paused, when nothing may run; NotResident, when the next command waits for <paramref name="Missing"/>.
/// </param>
/// <param name="ExecutedCount">Commands consumed, those in error included.</param>
/// <param name="HasMore">Whether commands are left that could run now.</param>
/// <param name="Missing">What to fetch, when not resident.</param>
public readonly record struct StepResult(
    AccessStatus Status, int ExecutedCount, bool HasMore, GuestRange Missing = default);
