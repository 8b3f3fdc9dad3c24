using Microsoft.AspNetCore.Builder;

namespace ItsService.Server.Tests.Hosting;

/// <summary>
/// The real server in this process, on a free port and on a Unix socket in a directory of its own, where its state
/// directory is, too.
/// </summary>
internal sealed class TestServer : IAsyncDisposable
{
    // Longer than a test waits: a call that does not end by itself at a stop fails its test.
    private const int DrainSeconds = 600;

    private readonly WebApplication _application;
    private readonly DirectoryInfo _directory;
    private bool _isStopped;

    private TestServer(WebApplication application, DirectoryInfo directory, string socketPath)
    {
        _application = application;
        _directory = directory;
        SocketPath = socketPath;
        // The console, where there is one, comes last.
        Address = new Uri(application.Urls.First(url => !url.Contains("unix:", StringComparison.Ordinal)));
        Requests = new RequestCounter(application);
        Tcp = Api.OverTcp(Address);
        UnixSocket = Api.OverUnixSocket(socketPath);
    }

    public Uri Address { get; }

    public string SocketPath { get; }

    public Api Tcp { get; }

    public Api UnixSocket { get; }

    /// <summary>How many requests are inside the server now.</summary>
    public RequestCounter Requests { get; }

    public Api this[Transport transport] => transport == Transport.Tcp ? Tcp : UnixSocket;

    /// <summary>What the server is made of, for what no call can do.</summary>
    public IServiceProvider Services => _application.Services;

    public static async Task<TestServer> StartAsync(Action<ItsServerOptions>? configure = null)
    {
        var directory = Directory.CreateTempSubdirectory("its-server-");
        var socketPath = Path.Combine(directory.FullName, "its.sock");
        var application = ItsServerApplication.Build([], options =>
        {
            options.Listen = "127.0.0.1:0";
            options.UnixSocketPath = socketPath;
            options.ConsoleListen = ItsServerOptions.Off;
            options.StateDirectory = Path.Combine(directory.FullName, "state");
            options.DrainSeconds = DrainSeconds;
            configure?.Invoke(options);
        });
        await application.StartAsync(TestContext.Current.CancellationToken).WithinLimit();
        return new TestServer(application, directory, socketPath);
    }

    /// <summary>Begins the shutdown that SIGTERM begins; it ends when the calls inside have ended.</summary>
    public async Task StopAsync()
    {
        _isStopped = true;
        await _application.StopAsync(CancellationToken.None).WithinLimit();
    }

    public async ValueTask DisposeAsync()
    {
        Tcp.Dispose();
        UnixSocket.Dispose();
        Requests.Dispose();
        if (!_isStopped)
        {
            await StopAsync();
        }

        await _application.DisposeAsync().AsTask().WithinLimit();
        _directory.Delete(recursive: true);
    }
}
