using System.Diagnostics.Metrics;
using ItsService.Server.Hosting;
using ItsService.Server.Machines;
using ItsService.Server.Telemetry.Scraping;
using ItsService.Server.Telemetry.Traces;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ItsService.Server.Telemetry;

/// <summary>
/// What is measured, traced and logged, and who is told: whoever reads /metrics on the console, and by OTLP whomever
/// the standard environment variables name. Where there is nobody nothing is measured.
/// </summary>
internal static class TelemetrySetup
{
    private const string ServiceName = "its-service";
    private const string ExemplarFilterVariable = "OTEL_METRICS_EXEMPLAR_FILTER";

    /// <summary>Beside our own: requests, connections, and the runtime.</summary>
    public static IReadOnlyList<string> PlatformMeters { get; } =
    [
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "System.Runtime",
    ];

    /// <summary>Registers it.</summary>
    public static void Register(IServiceCollection services, IConfiguration configuration, ItsServerOptions options)
    {
        services.AddMetrics();
        services.AddSingleton<Instruments>();
        services.AddSingleton(provider => new FleetInstruments(
            provider.GetRequiredService<Instruments>(),
            provider.GetRequiredService<VmRegistry>(),
            provider.GetRequiredService<VmSurroundings>(),
            options.MetricsPerVm));
        services.AddSingleton<StateTimes>();
        services.AddSingleton<ScrapeExporter>();
        services.AddSingleton<MetricsScrape>();

        var otlp = OtlpSignals.Read(configuration);
        var isScraped = options.ConsoleListen != ItsServerOptions.Off;
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource
            .AddService(ServiceName, serviceVersion: ServiceVersion.Text)
            .AddEnvironmentVariableDetector());
        if (isScraped || otlp.Metrics)
        {
            telemetry.WithMetrics(metrics =>
            {
                Configure(metrics, isScraped, otlp.Metrics);
                if (string.IsNullOrEmpty(configuration[ExemplarFilterVariable]))
                {
                    // The specification's default, and not this SDK's, which has none.
                    metrics.SetExemplarFilter(ExemplarFilterType.TraceBased);
                }
            });
        }

        if (otlp.Traces)
        {
            telemetry.WithTracing(traces => traces.AddSource(Spans.SourceName).AddOtlpExporter());
        }

        if (otlp.Logs)
        {
            telemetry.WithLogging(
                logs => logs.AddOtlpExporter(), logger => logger.IncludeFormattedMessage = true);
        }
    }

    private static void Configure(MeterProviderBuilder metrics, bool isScraped, bool isPushed)
    {
        metrics.AddMeter([Instruments.MeterName, .. PlatformMeters]);
        ((IDeferredMeterProviderBuilder)metrics).Configure((provider, builder) =>
        {
            // Nobody else asks for them.
            provider.GetRequiredService<FleetInstruments>();
            builder.AddView(MetricViews.For(provider.GetRequiredService<IMeterFactory>()));
            if (isScraped)
            {
                builder.AddReader(
                    new BaseExportingMetricReader(provider.GetRequiredService<ScrapeExporter>()));
            }
        });
        if (isPushed)
        {
            metrics.AddOtlpExporter();
        }
    }
}
