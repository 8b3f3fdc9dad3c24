using ItsService.Client;
using ItsService.Server;
using ItsService.Server.Machines;
using ItsService.Server.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Observability.Tests.Hosting;

/// <summary>The real server in this process, on free ports: one for gRPC, and one for the console.</summary>
internal sealed class ObservedService : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly DirectoryInfo _directory;
    private bool _isStopped;

    // What goes wrong here is meant to, and hundreds of VMs come and go.
    static ObservedService()
    {
        Environment.SetEnvironmentVariable("Logging__LogLevel__Default", "None");
        Environment.SetEnvironmentVariable("Logging__LogLevel__Grpc", "None");
    }

    private ObservedService(WebApplication application, DirectoryInfo directory)
    {
        _application = application;
        _directory = directory;
        ConsoleUrl = application.Services.GetRequiredService<ConsolePort>().Url!;
        Url = application.Urls.Single(url => url != ConsoleUrl);
        Client = ItsClient.Connect(Url);
    }

    /// <summary>"http://127.0.0.1:port".</summary>
    public string Url { get; }

    /// <summary>The same of the console.</summary>
    public string ConsoleUrl { get; }

    /// <summary>As Prometheus names it: "127.0.0.1:port".</summary>
    public string Instance => new Uri(ConsoleUrl).Authority;

    public ItsClient Client { get; }

    public static async Task<ObservedService> StartAsync(Action<ItsServerOptions>? configure = null)
    {
        var directory = Directory.CreateTempSubdirectory("its-observed-");
        var application = ItsServerApplication.Build([], options =>
        {
            options.Listen = "127.0.0.1:0";
            options.UnixSocketPath = ItsServerOptions.Off;
            options.ConsoleListen = "127.0.0.1:0";
            options.StateDirectory = Path.Combine(directory.FullName, "state");
            options.DrainSeconds = 1;
            configure?.Invoke(options);
        });
        await application.StartAsync(CancellationToken.None).WaitAsync(TestTimeout.Limit);
        return new ObservedService(application, directory);
    }

    /// <summary>The inside of a VM, for what no call can do.</summary>
    public VmHost Host(VmHandle vm) => _application.Services.GetRequiredService<VmRegistry>().Find(vm.Name.Value, "");

    /// <summary>itsctl, on this service.</summary>
    public async Task ItsctlAsync(CancellationToken ending, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await Cli.Itsctl.RunAsync([.. arguments, "--server", Url], output, error, ending);
        if (exitCode != 0 && !ending.IsCancellationRequested)
        {
            throw new InvalidOperationException($"itsctl {string.Join(' ', arguments)}: {exitCode}: {error}{output}");
        }
    }

    /// <summary>What Prometheus reads.</summary>
    public async Task<string> ReadMetricsAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(
            new Uri($"{ConsoleUrl}/metrics"), TestContext.Current.CancellationToken).WithinLimit();
    }

    public async Task StopAsync()
    {
        if (!_isStopped)
        {
            _isStopped = true;
            await _application.StopAsync(CancellationToken.None).WaitAsync(TestTimeout.Limit);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await StopAsync();
        await _application.DisposeAsync().AsTask().WaitAsync(TestTimeout.Limit);
        _directory.Delete(recursive: true);
    }
}
