using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>
/// What a save is held to: a turn, which it takes when its queues have ended and the state is there to hold, and a
/// largest size, which is judged before the VM is left Paused for it.
/// </summary>
internal sealed class SaveTerms(VmHost vm, StateTurns turns, int bytesMax) : IDisposable
{
    private StateTurns.Turn? _turn;

    /// <summary>Takes the turn, until this is disposed of.</summary>
    public void TakeTurn() => _turn ??= turns.Take(vm.Name);

    /// <summary>Refuses a state that is too large.</summary>
    public void RefuseUnlessWithin(long bytes) => RefuseUnlessWithin(bytesMax, bytes, vm.Name);

    /// <summary>The same, without a turn.</summary>
    public static void RefuseUnlessWithin(int bytesMax, long bytes, string vmName)
    {
        if (bytes > bytesMax)
        {
            throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.LimitExceeded, "state", "the saved state is too large")
            {
                Accepted = $"at most {bytesMax} bytes",
            });
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _turn?.Dispose();
        _turn = null;
    }
}
