using System.Diagnostics;
using Grpc.Core;

namespace ItsService.Server.Telemetry.Traces;

/// <summary>
/// The spans of the service: one for each call that manages a VM or looks into it, one for each stream, and one for
/// each batch of commands; never one for a message or an access of a guest.
/// </summary>
internal static class Spans
{
    /// <summary>The name of their source.</summary>
    public const string SourceName = "ItsService";

    private static readonly ActivitySource Source = new(SourceName, Hosting.ServiceVersion.Text);

    /// <summary>Whether anybody wants them.</summary>
    public static bool AreWanted => Source.HasListeners();

    /// <summary>Begins the span of a call, below the caller's if it has told one; null where nobody wants it.</summary>
    public static Activity? StartCall(ServerCallContext context)
    {
        if (!AreWanted)
        {
            return null;
        }

        // "/its.v1.State/Save": the conventions leave the first slash out.
        var method = context.Method.TrimStart('/');
        var activity = Source.StartActivity(method, ActivityKind.Server, ParentOf(context));
        if (activity is { IsAllDataRequested: true })
        {
            var slash = method.IndexOf('/', StringComparison.Ordinal);
            activity.SetTag("rpc.system", "grpc");
            activity.SetTag("rpc.service", method[..slash]);
            activity.SetTag("rpc.method", method[(slash + 1)..]);
        }

        return activity;
    }

    /// <summary>Notes in the span of this call, where it has one, which VM the call is for.</summary>
    public static void NoteVm(string vm)
    {
        if (Activity.Current is { } current && current.Source == Source)
        {
            current.SetTag(Tags.Vm, vm);
        }
    }

    /// <summary>Notes how a call ended.</summary>
    public static void End(this Activity? activity, StatusCode code, string? description = null)
    {
        if (activity is null)
        {
            return;
        }

        activity.SetTag("rpc.grpc.status_code", (int)code);
        if (code != StatusCode.OK)
        {
            activity.SetTag(Tags.Error, Tags.Name(code));
            activity.SetStatus(ActivityStatusCode.Error, description);
        }
    }

    /// <summary>Notes the batch of commands that an entry into a VM has run.</summary>
    public static void NoteCommands(string vm, DateTimeOffset beganAt, long commandCount, long failedCount)
    {
        var current = Activity.Current;
        var isOurs = current?.Source == Source;
        Activity.Current = isOurs ? current : null;
        using (var activity = Source.StartActivity(
            "commands", ActivityKind.Internal, isOurs ? current!.Context : default, startTime: beganAt))
        {
            activity?.SetTag(Tags.Vm, vm);
            activity?.SetTag("its.command.count", commandCount);
            activity?.SetTag("its.command.failed", failedCount);
        }

        Activity.Current = current;
    }

    // What ASP.NET Core has begun for the request is sent to nobody: a span below it would hang in the air, and not be
    // sampled where the caller has said nothing.
    private static ActivityContext ParentOf(ServerCallContext context)
    {
        Activity.Current = null;
        DistributedContextPropagator.Current.ExtractTraceIdAndState(
            context.RequestHeaders,
            static (object? headers, string name, out string? value, out IEnumerable<string>? values) =>
            {
                values = null;
                value = ((Metadata?)headers)?.GetValue(name);
            },
            out var parent,
            out var state);
        return ActivityContext.TryParse(parent, state, isRemote: true, out var told) ? told : default;
    }
}
