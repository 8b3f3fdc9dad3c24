using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;

namespace ItsService.StandIns.Tests.Telemetry;

public class OpenTelemetryHostingTests
{
    private const string SourceName = "ItsService.StandIns.Tests";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Meter_provider_collects_from_the_start_of_the_host_to_its_end()
    {
        using var meter = new Meter(SourceName + ".Metrics");
        Counter<long> counter = meter.CreateCounter<long>("things");
        var exporter = new RecordingExporter();
        var reader = new BaseExportingMetricReader(exporter);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(meter.Name).AddReader(reader));

        using (IHost host = builder.Build())
        {
            Assert.False(counter.Enabled);
            await host.StartAsync(Cancellation).WithinLimit();
            Assert.True(counter.Enabled);

            counter.Add(2);
            counter.Add(3);
            Assert.True(reader.Collect());
            Assert.Equal(5, exporter.Sums["things"]);
            await host.StopAsync(Cancellation).WithinLimit();
        }

        Assert.False(counter.Enabled);
    }

    [Fact]
    public async Task Tracer_provider_listens_from_the_start_of_the_host()
    {
        using var source = new ActivitySource(SourceName + ".Traces");
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource(source.Name));

        using IHost host = builder.Build();
        Assert.False(source.HasListeners());
        await host.StartAsync(Cancellation).WithinLimit();
        Assert.True(source.HasListeners());
        await host.StopAsync(Cancellation).WithinLimit();
    }

    [Fact]
    public async Task Host_starts_when_no_provider_is_configured()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddOpenTelemetry();

        using IHost host = builder.Build();
        await host.StartAsync(Cancellation).WithinLimit();
        await host.StopAsync(Cancellation).WithinLimit();
    }

    [Fact]
    public void Telemetry_starts_once_and_before_other_hosted_services()
    {
        var services = new ServiceCollection();
        services.AddHostedService<OtherHostedService>();

        Assert.Same(services, services.AddOpenTelemetry().Services);
        Assert.Same(services, services.AddOpenTelemetry().Services);

        ServiceDescriptor[] hosted = [.. services.Where(service => service.ServiceType == typeof(IHostedService))];
        Assert.Equal(2, hosted.Length);
        Assert.Equal(typeof(OtherHostedService), hosted[1].ImplementationType);
    }

    private sealed class OtherHostedService : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }
}
