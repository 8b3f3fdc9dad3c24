using ItsService.Server.Errors;
using ItsService.Server.Hosting;
using ItsService.Server.Operations;
using ItsService.Server.Services;
using ItsService.Server.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ItsService.Server;

/// <summary>
/// The whole service as one object: what Program runs, and what tests, benchmarks and tools run in process.
/// </summary>
public static class ItsServerApplication
{
    /// <summary>
    /// Puts the service together, ready to start. After the start, <see cref="WebApplication.Urls"/> tells the
    /// addresses that are served.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <param name="configure">Changes the settings after all other sources.</param>
    /// <exception cref="InvalidSettingsException">A setting is wrong.</exception>
    public static WebApplication Build(string[] args, Action<ItsServerOptions>? configure = null)
    {
        var commandLine = CommandLine.Parse(args);

        // An empty builder: nothing is served or read from the surroundings but what stands here.
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        SettingsSources.AddTo(builder.Configuration, commandLine);
        var options = SettingsSources.Read(builder.Configuration);
        configure?.Invoke(options);
        SettingsValidation.Check(options);

        LogOutput.Configure(builder.Logging, builder.Configuration);
        var console = new ConsolePort();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listeners.Configure(kestrel, options, console));
        builder.Services.Configure<SocketTransportOptions>(
            transport => Listeners.ConfigureTransport(transport, options));
        builder.Services.AddSingleton(console);
        builder.Services.Configure<HostOptions>(
            host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.DrainSeconds));
        ServedServices.Register(builder.Services, options);
        TelemetrySetup.Register(builder.Services, builder.Configuration, options);

        var application = builder.Build();
        application.Use(application.Services.GetRequiredService<OpenCalls>().InvokeAsync);
        application.Use(application.Services.GetRequiredService<ConsolePages>().InvokeAsync);
        application.Use(new OversizedMessages(options.Limits).InvokeAsync);
        ServedServices.Map(application);
        return application;
    }
}
