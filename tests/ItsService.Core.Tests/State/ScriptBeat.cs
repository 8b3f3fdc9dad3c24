using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.State;

/// <summary>A command of a guest's script, and what its vCPUs and devices do before the step of that number.</summary>
internal sealed record ScriptBeat(int Its, GuestCommand Command, IReadOnlyList<Action<Guest>> Before);
