using System.Net;
using System.Net.Sockets;

namespace ItsService.Cli.Tests.Hosting;

/// <summary>
/// Stands between a client and a server, and cuts the connection where a test wants it: what goes one way may be held
/// back for ever first, and the test is told when something has been.
/// </summary>
internal sealed class CuttableConnection : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _server;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private readonly Task _accepting;
    private CancellationTokenSource _present;
    private TaskCompletionSource? _heldToServer;
    private TaskCompletionSource? _heldToClient;
    private TaskCompletionSource? _barred;

    public CuttableConnection(string serverUrl)
    {
        _server = new Uri(serverUrl);
        _present = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        _listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _accepting = AcceptAsync();
    }

    /// <summary>Where the client connects to.</summary>
    public string Url { get; }

    /// <summary>Nothing reaches the server from now on. Ends when something was to.</summary>
    public Task HoldToServer()
    {
        lock (_lock)
        {
            return (_heldToServer = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Nothing reaches the client from now on. Ends when something was to.</summary>
    public Task HoldToClient()
    {
        lock (_lock)
        {
            return (_heldToClient = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Cuts the present connection, and lets the next one through.</summary>
    public void Cut()
    {
        CancellationTokenSource cut;
        lock (_lock)
        {
            cut = _present;
            _present = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
            _heldToServer = null;
            _heldToClient = null;
        }

        cut.Cancel();
    }

    /// <summary>The next connection gets nowhere before <see cref="Unbar"/>.</summary>
    public void Bar()
    {
        lock (_lock)
        {
            _barred ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Unbar()
    {
        lock (_lock)
        {
            _barred?.TrySetResult();
            _barred = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptSocketAsync(_closing.Token);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            Task? barred;
            CancellationToken cut;
            lock (_lock)
            {
                barred = _barred?.Task;
                cut = _present.Token;
            }

            if (barred is not null)
            {
                await barred;
            }

            using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await server.ConnectAsync(_server.Host, _server.Port, cut);
            Task[] ways =
            [
                CarryAsync(client, server, () => _heldToServer, cut),
                CarryAsync(server, client, () => _heldToClient, cut),
            ];
            await Task.WhenAny(ways);

            // As a cable that is pulled out does: neither end says good-bye to the other.
            client.LingerState = new LingerOption(enable: true, seconds: 0);
            server.LingerState = new LingerOption(enable: true, seconds: 0);
        }
    }

    private async Task CarryAsync(Socket from, Socket to, Func<TaskCompletionSource?> held, CancellationToken cut)
    {
        try
        {
            var buffer = new byte[64 << 10];
            while (await from.ReceiveAsync(buffer, cut) is var length and > 0)
            {
                TaskCompletionSource? holds;
                lock (_lock)
                {
                    holds = held();
                }

                if (holds is not null)
                {
                    holds.TrySetResult();
                    continue;
                }

                await to.SendAsync(buffer.AsMemory(0, length), cut);
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException
            or ObjectDisposedException)
        {
            // Cut.
        }
    }
}
