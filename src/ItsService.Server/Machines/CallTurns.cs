using Grpc.Core;
using ItsService.Server.Errors;

namespace ItsService.Server.Machines;

/// <summary>
/// How many calls of a sort there are at a time. Each holds much memory until its caller has read or sent all of it, as
/// slowly as it likes.
/// </summary>
/// <param name="max">The most.</param>
/// <param name="whyNot">What one more is told.</param>
internal abstract class CallTurns(int max, string whyNot)
{
    private int _takenCount;

    /// <summary>How many are taken now.</summary>
    public int TakenCount => Volatile.Read(ref _takenCount);

    /// <summary>Takes a turn, until the result is disposed of.</summary>
    /// <exception cref="RpcException">There are as many as there may be.</exception>
    public Turn Take(string vmName)
    {
        if (Interlocked.Increment(ref _takenCount) <= max)
        {
            return new Turn(this);
        }

        GiveBack();
        throw Refusal.Of(vmName, new Problem(V1.ErrorReason.LimitExceeded, "", whyNot)
        {
            Accepted = $"at most {max} at a time, of all VMs",
        });
    }

    private void GiveBack() => Interlocked.Decrement(ref _takenCount);

    /// <summary>The right to make the call.</summary>
    public readonly struct Turn(CallTurns turns) : IDisposable
    {
        /// <summary>Gives it back.</summary>
        public void Dispose() => turns.GiveBack();
    }
}
