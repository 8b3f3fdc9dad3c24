using Grpc.Core;
using ItsService.Server.Machines;

namespace ItsService.Server.Sessions;

/// <summary>
/// One request of a session, inside the gate. Its answer is kept before anybody else gets in, so that it is executed
/// and answered or neither. True when it is done; false when others should come in before the rest.
/// </summary>
internal readonly struct SessionOperation(SessionStream stream, SessionWork work) : IVmOperation<bool>
{
    public bool Run(VmContent vm)
    {
        var session = stream.Session;
        if (!work.HasBegun && !IsNext(vm, session))
        {
            throw new RpcException(
                new Status(StatusCode.Cancelled, "the stream ended before its request was executed"));
        }

        var message = new V1.ToVmm { Answer = new V1.VmmAnswer { Sequence = work.Sequence } };
        if (!work.Run(vm, message.Answer))
        {
            if (!work.HasBegun)
            {
                session.Begun = work.Begin();
                session.Outbox.Take(work.Sequence);
            }

            return false;
        }

        if (vm.Sessions.Current == session)
        {
            vm.Sessions.CollectInto(message.Answer);
        }

        session.Outbox.Add(message, UntilWritten(vm, session));
        return true;
    }

    // The VMM is told of it when it has what the request wrote, or has let the time for that pass. A stream that serves
    // the memory itself tells the one ahead of the other.
    private static Task? UntilWritten(VmContent vm, VmSession session)
    {
        var written = vm.Memory.HasRemote ? vm.Memory.Remote.TakeLastWrite() : 0;
        if (written == 0)
        {
            return null;
        }

        var done = vm.Memory.Remote.Requests.UntilWritten(written)
            .WaitAsync(TimeSpan.FromMilliseconds(vm.Limits.MemoryAnswerMillisecondsMax));
        done.ContinueWith(
            static (done, session) =>
            {
                // That the time is over is no error of anybody's.
                _ = done.Exception;
                ((VmSession)session!).Stream?.PumpSoon();
            },
            session,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
        return done;
    }

    // Whatever became of those before it: none is passed over.
    private bool IsNext(VmContent vm, VmSession session) =>
        vm.Sessions.Current == session
        && session.Stream == stream
        && session.Outbox.Taken + 1 == work.Sequence;
}
