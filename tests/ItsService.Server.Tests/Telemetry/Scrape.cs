using System.Globalization;
using System.Text.RegularExpressions;
using ItsService.Server.Operations;
using ItsService.Server.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>What a server's /metrics says, taken apart.</summary>
internal sealed partial class Scrape
{
    private readonly Dictionary<string, double> _values = [];

    private Scrape(string text)
    {
        Text = text;
        foreach (var line in Lines.Where(line => line.Length > 0 && !line.StartsWith('#')))
        {
            var match = Sample().Match(line);
            Assert.True(match.Success, $"no sample: {line}");
            var series = Ordered(match.Groups["series"].Value);
            Assert.True(
                _values.TryAdd(series, double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture)),
                $"twice: {series}");
        }
    }

    public string Text { get; }

    public string[] Lines => Text.Split('\n');

    /// <summary>The series with their labels, these in order.</summary>
    public IEnumerable<string> Series => _values.Keys;

    /// <summary>The value of a series, whose labels may stand in any order; 0 where there is none.</summary>
    public double this[string series] => _values.GetValueOrDefault(Ordered(series));

    public static async Task<Scrape> OfAsync(TestServer server, string accept = "*/*") =>
        new(await GetAsync(server, "/metrics", accept));

    public static async Task<string> GetAsync(TestServer server, string path, string accept = "*/*")
    {
        using var client = Client(server);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(accept);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken).WithinLimit();
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).WithinLimit();
    }

    public static HttpClient Client(TestServer server) =>
        new() { BaseAddress = new Uri(server.Services.GetRequiredService<ConsolePort>().Url!) };

    /// <summary>A server with its console on a free port.</summary>
    public static Task<TestServer> ServeAsync(Action<ItsServerOptions>? configure = null) =>
        TestServer.StartAsync(options =>
        {
            options.ConsoleListen = "127.0.0.1:0";
            configure?.Invoke(options);
        });

    private static string Ordered(string series)
    {
        var brace = series.IndexOf('{', StringComparison.Ordinal);
        return brace < 0
            ? series
            : $"{series[..brace]}{{{string.Join(',', Label().Matches(series).Select(one => one.Value).Order())}}}";
    }

    [GeneratedRegex("""[a-zA-Z0-9_]+="(?:[^"\\]|\\.)*""" + "\"")]
    private static partial Regex Label();

    // name{labels} value, and in OpenMetrics an exemplar behind it.
    [GeneratedRegex("""^(?<series>[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*?\})?) (?<value>\S+)( # \{.*\} \S+ \S+)?$""")]
    private static partial Regex Sample();
}
