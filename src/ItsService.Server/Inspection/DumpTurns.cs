using Grpc.Core;
using ItsService.Server.Errors;

namespace ItsService.Server.Inspection;

/// <summary>
/// How many dumps of tables there are at a time. Each holds a copy of a VM's tables until all of it has been sent, as
/// slowly as its caller likes to read.
/// </summary>
internal sealed class DumpTurns(ItsServerLimits limits)
{
    private int _takenCount;

    /// <summary>Takes a turn, until the result is disposed of.</summary>
    /// <exception cref="RpcException">There are as many as there may be.</exception>
    public Turn Take(string vmName)
    {
        if (Interlocked.Increment(ref _takenCount) <= limits.DumpsMax)
        {
            return new Turn(this);
        }

        GiveBack();
        throw Refusal.Of(vmName, new Problem(
            V1.ErrorReason.LimitExceeded, "", "the service is sending as many dumps of tables as it may")
        {
            Accepted = $"at most {limits.DumpsMax} at a time, of all VMs",
        });
    }

    private void GiveBack() => Interlocked.Decrement(ref _takenCount);

    /// <summary>The right to make a dump.</summary>
    public readonly struct Turn(DumpTurns turns) : IDisposable
    {
        /// <summary>Gives it back.</summary>
        public void Dispose() => turns.GiveBack();
    }
}
