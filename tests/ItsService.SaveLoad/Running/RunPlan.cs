using ItsService.Protocol.V1;
using ItsService.SaveLoad.Saves;

namespace ItsService.SaveLoad.Running;

/// <summary>Which VM has the load after a save that has left it Paused.</summary>
public enum Successor
{
    /// <summary>The one that was saved.</summary>
    Saved,

    /// <summary>The one into which the state was restored; the other is deleted.</summary>
    Restored,

    /// <summary>One that is made in a server of its own; the one before is killed.</summary>
    Restarted,
}

/// <summary>What one run does.</summary>
internal sealed record RunPlan
{
    public InFlightPolicy Policy { get; init; } = InFlightPolicy.Carry;

    public Successor Successor { get; init; }

    /// <summary>How long it lasts at least.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>How many saves it takes at least.</summary>
    public int SaveCount { get; init; }

    public int SenderCount { get; init; } = 8;

    /// <summary>Whether each event has at most one message outstanding.</summary>
    public bool IsOneOutstanding { get; init; }

    public ulong Seed { get; init; } = 1;

    public LoadFaults Faults { get; init; } = new();

    /// <summary>As the command line has it: "carry, restored".</summary>
    public override string ToString() => $"{Policy}, {Successor}".ToLowerInvariant();
}
