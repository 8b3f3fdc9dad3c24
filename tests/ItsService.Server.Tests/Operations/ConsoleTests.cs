using System.Net;
using ItsService.Protocol.Health;
using ItsService.Server.Operations;
using ItsService.Server.Telemetry.Scraping;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ServingStatus = ItsService.Protocol.Health.HealthCheckResponse.Types.ServingStatus;

namespace ItsService.Server.Tests.Operations;

/// <summary>
/// The address for those who look after the service: what it serves, and that it serves nothing else.
/// </summary>
public class ConsoleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/", "/metrics")]
    [InlineData("/health/live", "live")]
    [InlineData("/health/ready", "ready")]
    [InlineData("/metrics", "target_info")]
    public async Task Page_is_served(string path, string mention)
    {
        await using var server = await Scrape.ServeAsync();

        Assert.Contains(mention, await Scrape.GetAsync(server, path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/its.v1.VirtualMachines/ListVms", HttpStatusCode.NotFound)]
    [InlineData("POST", "/its.v1.VirtualMachines/ListVms", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "/metrics", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/metrics/", HttpStatusCode.NotFound)]
    public async Task Console_is_read_only_and_serves_no_calls(string method, string path, HttpStatusCode status)
    {
        await using var server = await Scrape.ServeAsync();
        using var client = Scrape.Client(server);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await client.SendAsync(request, Cancellation).WithinLimit();

        Assert.Equal(status, response.StatusCode);
        Assert.NotEqual("", await response.Content.ReadAsStringAsync(Cancellation).WithinLimit());
    }

    [Fact]
    public async Task Address_of_the_calls_serves_no_metrics()
    {
        await using var server = await Scrape.ServeAsync();
        using var client = new HttpClient { BaseAddress = server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var response = await client.SendAsync(request, Cancellation).WithinLimit();

        Assert.DoesNotContain(
            "target_info", await response.Content.ReadAsStringAsync(Cancellation).WithinLimit(),
            StringComparison.Ordinal);
        Assert.False(response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == "text/plain");
    }

    [Fact]
    public async Task Scrapes_at_the_same_time_are_all_whole()
    {
        await using var server = await Scrape.ServeAsync();

        var scrapes = await Task.WhenAll(Enumerable.Range(0, 16).Select(
            _ => Scrape.GetAsync(server, "/metrics", "application/openmetrics-text"))).WithinLimit();

        Assert.All(scrapes, text => Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("liveness")]
    [InlineData("readiness")]
    public async Task Health_over_grpc_knows_both(string service)
    {
        await using var server = await TestServer.StartAsync();

        var response = await server.Tcp.Health.CheckAsync(
            new HealthCheckRequest { Service = service }, cancellationToken: Cancellation).WithinLimit();

        Assert.Equal(ServingStatus.Serving, response.Status);
    }

    [Theory]
    [InlineData("application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8")]
    [InlineData("text/plain", "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("*/*", "text/plain; version=0.0.4; charset=utf-8")]
    public async Task Metrics_say_in_which_of_the_formats_they_are(string accept, string type)
    {
        await using var server = await Scrape.ServeAsync();
        using var client = Scrape.Client(server);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.ParseAdd(accept);

        using var response = await client.SendAsync(request, Cancellation).WithinLimit();

        Assert.Equal((HttpStatusCode.OK, type), (response.StatusCode, $"{response.Content.Headers.ContentType}"));
    }

    [Theory]
    [InlineData(false, false, "starting\n", HttpStatusCode.ServiceUnavailable)]
    [InlineData(true, false, "ready\n", HttpStatusCode.OK)]
    [InlineData(true, true, "stopping\n", HttpStatusCode.ServiceUnavailable)]
    [InlineData(false, true, "stopping\n", HttpStatusCode.ServiceUnavailable)]
    public async Task Readiness_follows_the_service_and_liveness_does_not(
        bool hasStarted, bool isStopping, string word, HttpStatusCode status)
    {
        using var lifetime = new ManualLifetime();
        (hasStarted ? lifetime.Start : (Action)(() => { }))();
        (isStopping ? lifetime.StopApplication : (Action)(() => { }))();
        using var metrics = new MetricsScrape(new ScrapeExporter());
        await using var console = await ServePagesAsync(new ConsolePages(metrics, new ServiceHealth(lifetime)));
        using var client = new HttpClient { BaseAddress = new Uri(console.Urls.Single()) };

        Assert.Equal((status, word), await GetAsync(client, "/health/ready"));
        Assert.Equal((HttpStatusCode.OK, "live\n"), await GetAsync(client, "/health/live"));
    }

    [Fact]
    public async Task Service_that_stops_is_alive_and_not_ready_as_long_as_a_call_is_open()
    {
        await using var server = await Scrape.ServeAsync();
        using var client = Scrape.Client(server);
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await using var gate = await HeldGate.HoldAsync(server.Host(guest.Name));
        var waiting = guest.ReadAsync("GITS_TYPER");
        await server.Host(guest.Name).UntilInLineAsync(1);
        Assert.Equal((HttpStatusCode.OK, "ready\n"), await GetAsync(client, "/health/ready"));

        var stopping = server.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var stop = server.StopAsync();
        while (!stopping.IsCancellationRequested)
        {
            await Task.Yield();
        }

        var readiness = await GetAsync(client, "/health/ready");
        var liveness = await GetAsync(client, "/health/live");
        await gate.ReleaseAsync();
        await waiting;
        await stop;

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "stopping\n"), readiness);
        Assert.Equal((HttpStatusCode.OK, "live\n"), liveness);
    }

    private static async Task<(HttpStatusCode Status, string Text)> GetAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path, Cancellation).WithinLimit();
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation).WithinLimit());
    }

    /// <summary>The pages alone, of a service that is as a test says.</summary>
    private static async Task<WebApplication> ServePagesAsync(ConsolePages pages)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(
            kestrel => new ConsolePort().Listen(kestrel, new IPEndPoint(IPAddress.Loopback, 0)));
        builder.Services.AddRoutingCore();
        var application = builder.Build();
        application.Use(pages.InvokeAsync);
        await application.StartAsync(Cancellation).WithinLimit();
        return application;
    }
}
