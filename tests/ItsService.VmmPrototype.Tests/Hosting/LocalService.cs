using ItsService.Client;
using ItsService.Server;
using Microsoft.AspNetCore.Builder;

namespace ItsService.VmmPrototype.Tests.Hosting;

/// <summary>The real service on a free port of the loopback address, and a client of it.</summary>
internal sealed class LocalService : IAsyncDisposable
{
    private readonly WebApplication _application;

    private LocalService(WebApplication application)
    {
        _application = application;
        Client = ItsClient.Connect(application.Urls.Single());
    }

    public ItsClient Client { get; }

    /// <param name="files">Where it keeps state and shares memory; null for nowhere.</param>
    public static async Task<LocalService> StartAsync(DirectoryInfo? files = null)
    {
        var application = ItsServerApplication.Build([], options =>
        {
            options.Listen = "127.0.0.1:0";
            options.UnixSocketPath = ItsServerOptions.Off;
            options.ConsoleListen = ItsServerOptions.Off;
            options.StateDirectory = files is null ? ItsServerOptions.Off : files.CreateSubdirectory("state").FullName;
            options.SharedMemoryDirectory = files?.CreateSubdirectory("ram").FullName ?? ItsServerOptions.Off;
        });
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new LocalService(application);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _application.StopAsync();
        await _application.DisposeAsync();
    }
}
