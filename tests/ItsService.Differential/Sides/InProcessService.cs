using ItsService.Client;
using ItsService.Server;
using Microsoft.AspNetCore.Builder;

namespace ItsService.Differential.Sides;

/// <summary>The whole service in this process, and a client that reaches it through a Unix socket.</summary>
internal sealed class InProcessService : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly DirectoryInfo _directory;

    private InProcessService(WebApplication application, DirectoryInfo directory, ItsClient client)
    {
        _application = application;
        _directory = directory;
        Client = client;
    }

    public ItsClient Client { get; }

    public static async Task<InProcessService> StartAsync()
    {
        Environment.SetEnvironmentVariable("Logging__LogLevel__Default", "Error");
        var directory = Directory.CreateTempSubdirectory("its-differential-");
        var socket = Path.Combine(directory.FullName, "its.sock");
        var application = ItsServerApplication.Build([], options =>
        {
            options.Listen = ItsServerOptions.Off;
            options.UnixSocketPath = socket;
            options.ConsoleListen = ItsServerOptions.Off;
            options.StateDirectory = ItsServerOptions.Off;
        });
        await application.StartAsync();
        return new InProcessService(application, directory, ItsClient.Connect($"unix:{socket}"));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.StopAsync();
        await _application.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
