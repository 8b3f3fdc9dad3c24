using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Server.Machines;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Cli.Tests.Clients.Sessions;

/// <summary>A VMM whose connection is cut once, at a chosen point of what it asks.</summary>
internal sealed class CutVmm : IAsyncDisposable
{
    private const string Attach = "its.v1.Vmm/Attach";

    private readonly TestServer _server;
    private readonly CuttableConnection _connection;
    private readonly ItsClient _client;
    private readonly AnswerCut _answers;
    private readonly TaskCompletionSource _lost;

    private CutVmm(
        TestServer server,
        CuttableConnection connection,
        ItsClient client,
        AnswerCut answers,
        VmHandle vm,
        VmmSession session,
        TaskCompletionSource lost)
    {
        _server = server;
        _connection = connection;
        _client = client;
        _answers = answers;
        Vm = vm;
        Session = session;
        _lost = lost;
    }

    /// <summary>The VM, over a connection that nobody cuts.</summary>
    public VmHandle Vm { get; }

    /// <summary>The session whose connection is cut.</summary>
    public VmmSession Session { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<CutVmm> BeginAsync()
    {
        var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "cut");
        var connection = new CuttableConnection(server.Url);
        var client = ItsClient.Connect(connection.Url);
        var answers = new AnswerCut();
        server.Arriving.BeforeNext(Attach, answers.Watch);
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new VmmSessionOptions { ConnectionLost = _ => lost.TrySetResult() };
        var session = await client.Vm(vm.Name).AttachAsync(options, Cancellation).WithinLimit();
        return new CutVmm(server, connection, client, answers, vm, session, lost);
    }

    /// <summary>Asks, and has the connection cut at that point of it. It must have been lost then.</summary>
    public async Task<T> AskAsync<T>(CutConnectionTests.Point point, Func<VmmSession, Task<T>> ask)
    {
        var answer = point switch
        {
            CutConnectionTests.Point.BeforeItIsSent => await AskUnconnectedAsync(ask),
            CutConnectionTests.Point.OnItsWayToTheService => await AskHeldAsync(_connection.HoldToServer(), ask),
            CutConnectionTests.Point.ReadAndNotExecuted => await AskPausedAsync(ask),
            CutConnectionTests.Point.ExecutedAndNotAnswered => await AskUnansweredAsync(ask),
            _ => await AskHeldAsync(_connection.HoldToClient(), ask),
        };
        await _lost.Task.WithinLimit();
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        _client.Dispose();
        await _connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    private async Task<T> AskUnconnectedAsync<T>(Func<VmmSession, Task<T>> ask)
    {
        _connection.Bar();
        _connection.Cut();
        await _lost.Task.WithinLimit();
        var answer = ask(Session);
        _connection.Unbar();
        return await answer.WithinLimit();
    }

    private async Task<T> AskHeldAsync<T>(Task held, Func<VmmSession, Task<T>> ask)
    {
        var answer = ask(Session);
        await held.WithinLimit();
        Assert.False(answer.IsCompleted, "what was held back has arrived");
        _connection.Cut();
        return await answer.WithinLimit();
    }

    private async Task<T> AskPausedAsync<T>(Func<VmmSession, Task<T>> ask)
    {
        var host = _server.Services.GetRequiredService<VmRegistry>().Find(Vm.Name.Value, "");
        await Vm.PauseAsync(Cancellation).WithinLimit();
        var answer = ask(Session);
        await UntilAsync(() => host.WaitingCount == 1);
        _connection.Bar();
        _connection.Cut();
        await UntilAsync(() => host.WaitingCount == 0);
        await Vm.ResumeAsync(Cancellation).WithinLimit();
        _connection.Unbar();
        return await answer.WithinLimit();
    }

    private async Task<T> AskUnansweredAsync<T>(Func<VmmSession, Task<T>> ask)
    {
        _answers.CutNext();
        var answer = await ask(Session).WithinLimit();
        Assert.True(_answers.HasCut, "the answer was written");
        return answer;
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            Assert.True(
                TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit, "nothing waits, or still does");
            await Task.Yield();
        }
    }
}
