using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using ItsService.Server.Telemetry;
using ItsService.Server.Tests.Guests;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>
/// docs/metrics.md is held against the code: every instrument, its kind and unit, and its attributes.
/// </summary>
public partial class MetricsPageTests
{
    private static IReadOnlyDictionary<string, Row> Rows { get; } = File
        .ReadAllLines(RepositoryFolder.PathOf("docs", "metrics.md"))
        .Select(line => line.Split('|'))
        .Where(cells => cells.Length > 6 && cells[1].TrimStart().StartsWith("`its.", StringComparison.Ordinal))
        .Select(cells => new Row(
            cells[1].Trim().Trim('`'),
            cells[2].Trim(),
            cells[3].Trim(),
            [.. Name().Matches(cells[4]).Select(match => match.Groups[1].Value)],
            cells[5].Trim()))
        .ToDictionary(row => row.Name);

    [Fact]
    public async Task Every_instrument_is_on_the_page_with_its_kind_and_unit()
    {
        await using var server = await Scrape.ServeAsync();

        var instruments = InstrumentsOf(server.Services.GetRequiredService<Instruments>().Meter);

        Assert.Equal(instruments.Select(one => one.Name).Order(), Rows.Keys.Order());
        foreach (var instrument in instruments)
        {
            var row = Rows[instrument.Name];
            Assert.Equal((instrument.Name, KindOf(instrument)), (row.Name, row.Kind));
            Assert.Equal((instrument.Name, instrument.Unit), (row.Name, row.Unit));
            Assert.False(string.IsNullOrEmpty(instrument.Description), instrument.Name);
            Assert.NotEqual("", row.Meaning);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_series_has_the_attributes_that_the_page_names(bool isPerVm)
    {
        await using var server = await Scrape.ServeAsync(options => options.MetricsPerVm = isPerVm);
        var guest = await MetricsTests.MappedAsync(server, "guest");
        await guest.SignalAsync(1, 0);
        await guest.AcknowledgeAsync(0);
        await guest.RunAsync([ItsCommand.Interrupt(9, 0)]);
        await server.Tcp.SaveAsync(guest.Name);

        var shown = 0;
        foreach (var series in (await Scrape.OfAsync(server)).Series)
        {
            var family = Family().Match(series);
            if (Rows.Values.SingleOrDefault(row => row.IsShownAs(family.Groups[1].Value)) is not { } row)
            {
                Assert.False(series.StartsWith("its_", StringComparison.Ordinal), $"on no page: {series}");
                continue;
            }

            shown++;
            var labels = Label().Matches(family.Groups[2].Value).Select(match => match.Groups[1].Value)
                .Where(label => label is not "le" && !(isPerVm && label == "its_vm_name"));
            Assert.Subset(
                row.Attributes.Select(one => one.Replace('.', '_')).ToHashSet(), labels.ToHashSet());
        }

        Assert.True(shown > 50, $"{shown} series");
    }

    private static List<Instrument> InstrumentsOf(Meter meter)
    {
        var found = new List<Instrument>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter == meter)
                {
                    found.Add(instrument);
                }
            },
        };
        listener.Start();
        return found;
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Histogram" => "histogram",
        "Counter" or "ObservableCounter" => "counter",
        _ => "gauge",
    };

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();

    [GeneratedRegex("""^([a-zA-Z0-9_:]+)(?:\{(.*)\})?$""")]
    private static partial Regex Family();

    [GeneratedRegex("""([a-zA-Z0-9_]+)="(?:[^"\\]|\\.)*""" + "\"")]
    private static partial Regex Label();

    private sealed record Row(string Name, string Kind, string Unit, string[] Attributes, string Meaning)
    {
        public bool IsShownAs(string family)
        {
            var unit = Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
            var name = $"{Name.Replace('.', '_')}{unit}";
            return Kind switch
            {
                "counter" => family == $"{name}_total",
                "histogram" => family == $"{name}_bucket" || family == $"{name}_count" || family == $"{name}_sum",
                _ => family == name,
            };
        }
    }
}
