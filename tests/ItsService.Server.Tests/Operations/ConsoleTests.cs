using System.Net;
using ItsService.Protocol.Health;
using ItsService.Server.Operations;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Telemetry;
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
    [InlineData(false, false, "starting", 503)]
    [InlineData(true, false, "ready", 200)]
    [InlineData(true, true, "stopping", 503)]
    public void Readiness_follows_the_service(bool hasStarted, bool isStopping, string word, int status)
    {
        using var lifetime = new Lifetime(hasStarted, isStopping);
        var health = new ServiceHealth(lifetime);

        Assert.Equal(word, health.Readiness);
        Assert.Equal(status == 200, health.IsReady);
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _started = new();
        private readonly CancellationTokenSource _stopping = new();

        public Lifetime(bool hasStarted, bool isStopping)
        {
            if (hasStarted)
            {
                _started.Cancel();
            }

            if (isStopping)
            {
                _stopping.Cancel();
            }
        }

        public CancellationToken ApplicationStarted => _started.Token;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose()
        {
            _started.Dispose();
            _stopping.Dispose();
        }
    }
}
