using ItsService.Client;
using ItsService.Server;
using Microsoft.AspNetCore.Builder;

namespace ItsService.Benchmarks;

/// <summary>The whole service in this process, and a client that reaches it through a Unix socket.</summary>
internal sealed class InProcessService : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly DirectoryInfo _directory;

    private InProcessService(WebApplication application, DirectoryInfo directory)
    {
        _application = application;
        _directory = directory;
        Client = ItsClient.Connect($"unix:{SocketPath}");
    }

    public ItsClient Client { get; }

    /// <summary>Where the service listens.</summary>
    public string SocketPath => SocketIn(_directory);

    /// <summary>What the service is made of.</summary>
    public IServiceProvider Services => _application.Services;

    /// <summary>The setting under which the service measures itself, for whoever reads /metrics.</summary>
    public static void MetricsOn(ItsServerOptions settings) => settings.ConsoleListen = "127.0.0.1:0";

    /// <summary>Starts it; it measures nothing of itself unless <paramref name="options"/> says so.</summary>
    /// <param name="configure">Adds to what is served; null for nothing.</param>
    /// <param name="options">Changes settings; null for none.</param>
    public static async Task<InProcessService> StartAsync(
        Action<WebApplication>? configure = null, Action<ItsServerOptions>? options = null)
    {
        Environment.SetEnvironmentVariable("Logging__LogLevel__Default", "Warning");
        var directory = Directory.CreateTempSubdirectory("its-benchmarks-");
        var application = ItsServerApplication.Build([], settings =>
        {
            settings.Listen = ItsServerOptions.Off;
            settings.UnixSocketPath = SocketIn(directory);
            settings.ConsoleListen = ItsServerOptions.Off;
            settings.StateDirectory = ItsServerOptions.Off;
            options?.Invoke(settings);
        });
        configure?.Invoke(application);
        await application.StartAsync();
        return new InProcessService(application, directory);
    }

    private static string SocketIn(DirectoryInfo directory) => Path.Combine(directory.FullName, "its.sock");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.StopAsync();
        await _application.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
