using System.Diagnostics;
using Grpc.Core;

namespace ItsService.Server.Telemetry.Traces;

/// <summary>A call that has a span, and is counted if it is refused.</summary>
internal static class ObservedCall
{
    public static Task RunAsync(Instruments instruments, ServerCallContext context, Func<Activity?, Task> call) =>
        RunAsync<bool>(instruments, context, async span =>
        {
            await call(span);
            return true;
        });

    public static async Task<T> RunAsync<T>(
        Instruments instruments, ServerCallContext context, Func<Activity?, Task<T>> call)
    {
        using var span = Spans.StartCall(context);
        try
        {
            var result = await call(span);
            // A stream whose connection is lost has nobody to be told, and throws nothing.
            span.End(context.CancellationToken.IsCancellationRequested ? StatusCode.Cancelled : StatusCode.OK);
            return result;
        }
        catch (Exception) when (context.CancellationToken.IsCancellationRequested)
        {
            // Its client has ended it, as it ends every watch: nobody has refused anything.
            span.End(StatusCode.Cancelled);
            throw;
        }
        catch (RpcException refusal)
        {
            Count(instruments, refusal.StatusCode);
            span.End(refusal.StatusCode, refusal.Status.Detail);
            throw;
        }
        catch (Exception failure)
        {
            // As the library answers it.
            Count(instruments, StatusCode.Unknown);
            span.End(StatusCode.Unknown, failure.GetType().Name);
            throw;
        }
    }

    private static void Count(Instruments instruments, StatusCode code) =>
        instruments.Refusals.Add(1, Tags.Of(Tags.Error, Tags.Name(code)));
}
