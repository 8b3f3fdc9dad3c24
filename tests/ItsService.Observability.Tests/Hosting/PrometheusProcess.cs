using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ItsService.Observability.Tests.Deploy;

namespace ItsService.Observability.Tests.Hosting;

/// <summary>A real Prometheus of its own folder, on a free port. Nothing of the machine's own one is touched.</summary>
internal sealed class PrometheusProcess : IAsyncDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly Process _process;
    private readonly HttpClient _http = new();

    private PrometheusProcess(Process process, Uri url)
    {
        _process = process;
        Queries = new PrometheusQueries(_http, url);
    }

    public PrometheusQueries Queries { get; }

    // Those that deploy/compose.yaml gives to the one that it starts.
    private static IEnumerable<string> Features =>
        YamlFile.Read("deploy", "compose.yaml")["services"]["prometheus"]["command"].Texts
            .Where(argument => argument.StartsWith("--enable-feature=", StringComparison.Ordinal));

    /// <summary>Starts it with "prometheus.yml" of a folder, where it keeps its data, too.</summary>
    public static async Task<PrometheusProcess> StartAsync(string folder)
    {
        var url = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo(
            PrometheusProgram.Server!,
            [
                $"--config.file={Path.Combine(folder, "prometheus.yml")}",
                $"--storage.tsdb.path={Path.Combine(folder, "data")}",
                "--storage.tsdb.retention.time=1h",
                $"--web.listen-address={url.Authority}",
                "--log.level=warn",
                .. Features,
            ])
        {
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        var process = Process.Start(start)!;
        var log = process.StandardError.ReadToEndAsync();
        var prometheus = new PrometheusProcess(process, url);
        try
        {
            await prometheus.UntilReadyAsync(log).WaitAsync(TestTimeout.Limit);
            return prometheus;
        }
        catch
        {
            await prometheus.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync().WaitAsync(TestTimeout.Limit);
        }

        _process.Dispose();
    }

    private async Task UntilReadyAsync(Task<string> log)
    {
        while (!await Queries.IsReadyAsync())
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"Prometheus ended: {await log}");
            }

            await Task.Delay(LookAgain);
        }
    }

    // Prometheus does not tell which port it took for 0.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
