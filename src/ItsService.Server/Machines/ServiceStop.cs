using Grpc.Core;

namespace ItsService.Server.Machines;

/// <summary>What long calls do when the service is told to stop.</summary>
internal static class ServiceStop
{
    /// <summary>Ends when the service begins to stop; throws when the call ends before that.</summary>
    public static async Task WaitAsync(CancellationToken stopping, CancellationToken call)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, call);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        call.ThrowIfCancellationRequested();
    }

    /// <summary>Tells the caller to try again, here or elsewhere.</summary>
    public static RpcException Unavailable() => new(new Status(StatusCode.Unavailable, "the service is stopping"));
}
