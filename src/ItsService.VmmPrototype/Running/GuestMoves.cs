using ItsService.Client;

namespace ItsService.VmmPrototype.Running;

/// <summary>When and where a guest's interrupt controller moves while the guest runs.</summary>
public sealed record GuestMoves
{
    /// <summary>Each is waited for in turn: the line of the guest's that contains it is followed by a move.</summary>
    public required IReadOnlyList<string> At { get; init; }

    /// <summary>
    /// Whether the state goes by a checkpoint in the state directory, which the services have one after another. If
    /// not, the VMM brings it from one to the other.
    /// </summary>
    public bool ByCheckpoint { get; init; }

    /// <summary>
    /// The service to move to. It is asked when the state is taken and the VM is no more, and may start that service
    /// first.
    /// </summary>
    public required Func<CancellationToken, Task<ItsClient>> Next { get; init; }
}
