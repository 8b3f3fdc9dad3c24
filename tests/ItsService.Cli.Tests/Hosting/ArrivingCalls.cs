using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Cli.Tests.Hosting;

/// <summary>
/// Lets a test do something at the moment when a call has arrived at a server and the service has not seen it yet: what
/// another client does between two calls of one itsctl.
/// </summary>
internal sealed class ArrivingCalls : IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string Request = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    private readonly IDisposable _subscription;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Func<HttpContext, Task>> _first = [];
    private readonly List<string> _methods = [];

    public ArrivingCalls(WebApplication application) => _subscription = application.Services
        .GetRequiredService<DiagnosticListener>()
        .Subscribe(this, static (name, _, _) => name.StartsWith(Request, StringComparison.Ordinal));

    /// <summary>The calls that have come: "its.v1.State/Export".</summary>
    public IReadOnlyList<string> Methods
    {
        get
        {
            lock (_lock)
            {
                return [.. _methods];
            }
        }
    }

    /// <summary>Does this before the service sees the next call of the method.</summary>
    public void BeforeNext(string method, Func<Task> work) => Add(method, _ => work());

    /// <summary>Does this to the request of the next call of the method, before the service sees it.</summary>
    public void BeforeNext(string method, Action<HttpContext> work) => Add(method, request =>
    {
        work(request);
        return Task.CompletedTask;
    });

    /// <summary>Interrupts who makes the next call of the method.</summary>
    public void InterruptAtNext(string method, CancellationTokenSource interrupt) =>
        Add(method, _ => interrupt.CancelAsync());

    /// <summary>Breaks the next call of the method off.</summary>
    public void AbortNext(string method) => Add(method, request =>
    {
        request.Abort();
        return Task.CompletedTask;
    });

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value is not { Key: $"{Request}.Start", Value: HttpContext request })
        {
            return;
        }

        var method = request.Request.Path.Value!.TrimStart('/');
        Func<HttpContext, Task>? work;
        lock (_lock)
        {
            _methods.Add(method);
            _first.Remove(method, out work);
        }

        work?.Invoke(request).WithinLimit().GetAwaiter().GetResult();
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    public void Dispose() => _subscription.Dispose();

    private void Add(string method, Func<HttpContext, Task> work)
    {
        lock (_lock)
        {
            _first.Add(method, work);
        }
    }
}
