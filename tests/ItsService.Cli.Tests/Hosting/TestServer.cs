using ItsService.Client;
using ItsService.Protocol.V1;
using ItsService.Server;
using ItsService.Server.Tests.Hosting;
using Microsoft.AspNetCore.Builder;

namespace ItsService.Cli.Tests.Hosting;

/// <summary>The real server in this process, on a free port and on a Unix socket in a directory of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly DirectoryInfo _directory;

    private TestServer(WebApplication application, DirectoryInfo directory, string socketPath)
    {
        _application = application;
        _directory = directory;
        Url = application.Urls.Single(url => !url.Contains("unix:", StringComparison.Ordinal));
        UnixUrl = $"unix:{socketPath}";
        Requests = new RequestCounter(application);
        Arriving = new ArrivingCalls(application);
        Client = ItsClient.Connect(Url);
    }

    /// <summary>"http://127.0.0.1:port".</summary>
    public string Url { get; }

    /// <summary>"unix:path".</summary>
    public string UnixUrl { get; }

    /// <summary>Where its checkpoints are.</summary>
    public string StateDirectory => Path.Combine(_directory.FullName, "state");

    /// <summary>What the server is made of, for what no call can tell.</summary>
    public IServiceProvider Services => _application.Services;

    /// <summary>A client over TCP.</summary>
    public ItsClient Client { get; }

    /// <summary>How many requests are inside the server now.</summary>
    public RequestCounter Requests { get; }

    /// <summary>What is to happen as soon as a call arrives.</summary>
    public ArrivingCalls Arriving { get; }

    public static async Task<TestServer> StartAsync(Action<ItsServerOptions>? configure = null)
    {
        var directory = Directory.CreateTempSubdirectory("its-cli-");
        var socketPath = Path.Combine(directory.FullName, "its.sock");
        var application = ItsServerApplication.Build([], options =>
        {
            options.Listen = "127.0.0.1:0";
            options.UnixSocketPath = socketPath;
            options.ConsoleListen = ItsServerOptions.Off;
            options.StateDirectory = Path.Combine(directory.FullName, "state");
            configure?.Invoke(options);
        });
        await application.StartAsync(TestContext.Current.CancellationToken).WithinLimit();
        return new TestServer(application, directory, socketPath);
    }

    /// <summary>Runs itsctl on this server, over TCP.</summary>
    public Task<ItsctlRun> ItsctlAsync(params string[] arguments) =>
        ItsctlRun.OfAsync([.. arguments, "--server", Url]);

    /// <summary>The same, as somebody does who may interrupt it.</summary>
    public Task<ItsctlRun> ItsctlAsync(CancellationTokenSource interrupt, params string[] arguments) =>
        ItsctlRun.OfAsync([.. arguments, "--server", Url], interrupt);

    public Task<List<Vm>> ListVmsAsync() =>
        Client.ListVmsAsync(TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken).AsTask().WithinLimit();

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        Arriving.Dispose();
        Requests.Dispose();
        await _application.StopAsync(CancellationToken.None).WithinLimit();
        await _application.DisposeAsync().AsTask().WithinLimit();
        _directory.Delete(recursive: true);
    }
}
