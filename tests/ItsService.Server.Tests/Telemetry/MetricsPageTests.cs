using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using ItsService.Server.Machines;
using ItsService.Server.Telemetry;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Memory.Kinds;
using ItsService.Server.Tests.Refusals;
using ItsService.Server.Tests.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>
/// docs/metrics.md is held against the code: every instrument, its kind and unit, and its attributes.
/// </summary>
public partial class MetricsPageTests
{
    private const string VmLabel = "its_vm_name";

    private static IReadOnlyDictionary<string, MetricsPageRow> Rows { get; } =
        MetricsPageRow.All.Where(row => row.IsOurs).ToDictionary(row => row.Name);

    [Fact]
    public async Task Every_instrument_is_on_the_page_with_its_kind_and_unit()
    {
        await using var server = await Scrape.ServeAsync();

        var instruments = OwnInstruments(server);

        Assert.Equal(instruments.Select(one => one.Name).Order(), Rows.Keys.Order());
        foreach (var instrument in instruments)
        {
            var row = Rows[instrument.Name];
            Assert.Equal((instrument.Name, KindOf(instrument)), (row.Name, row.Kind));
            Assert.Equal((instrument.Name, instrument.Unit), (row.Name, row.Unit));
            Assert.False(string.IsNullOrEmpty(instrument.Description), instrument.Name);
            Assert.NotEqual("", row.Meaning);
            Assert.NotEqual("", row.WhenItMoves);
        }
    }

    [Fact]
    public async Task Every_instrument_of_the_platform_is_on_the_page_with_its_kind_and_unit()
    {
        await using var server = await Scrape.ServeAsync();
        await Scrape.OfAsync(server);

        var instruments = InstrumentsOf(meter => TelemetrySetup.PlatformMeters.Contains(meter.Name))
            .Select(one => (one.Name, KindOf(one), one.Unit ?? ""))
            .ToHashSet();
        var rows = MetricsPageRow.All.Where(row => !row.IsOurs).ToList();

        Assert.Equal(instruments.Order(), rows.Select(row => (row.Name, row.Kind, row.Unit)).Order());
        Assert.All(rows, row => Assert.NotEqual("", row.Meaning));
        Assert.All(rows, row => Assert.NotEqual("", row.WhenItMoves));
    }

    [Fact]
    public async Task Every_attribute_of_the_platform_that_is_shown_is_on_the_page()
    {
        await using var server = await Scrape.ServeAsync();
        await MetricsTests.MappedAsync(server, "guest");
        await Scrape.OfAsync(server);

        foreach (var series in (await Scrape.OfAsync(server)).Series)
        {
            var family = Family().Match(series);
            var name = family.Groups[1].Value;
            if (name.StartsWith("its_", StringComparison.Ordinal)
                || MetricsPageRow.All.SingleOrDefault(row => row.IsShownAs(name)) is not { } row)
            {
                continue;
            }

            Assert.Subset(
                row.Attributes.Select(one => one.Replace('.', '_')).Append("le").ToHashSet(),
                Label().Matches(family.Groups[2].Value).Select(match => match.Groups[1].Value).ToHashSet());
        }
    }

    // In both directions: what the page names is there when it is provoked, and nothing else is.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_instrument_has_the_attributes_that_the_page_names(bool isPerVm)
    {
        await using var server = await Scrape.ServeAsync(options =>
        {
            options.MetricsPerVm = isPerVm;
            options.SharedMemoryDirectory = Path.Combine(Path.GetDirectoryName(options.UnixSocketPath)!, "ram");
        });
        await ProvokeAllAsync(server);

        var shown = Rows.Values.ToDictionary(row => row.Name, _ => new SortedSet<string>(StringComparer.Ordinal));
        var seen = new HashSet<string>();
        foreach (var series in (await Scrape.OfAsync(server)).Series)
        {
            var family = Family().Match(series);
            if (Rows.Values.SingleOrDefault(row => row.IsShownAs(family.Groups[1].Value)) is not { } row)
            {
                Assert.False(series.StartsWith("its_", StringComparison.Ordinal), $"on no page: {series}");
                continue;
            }

            var labels = Label().Matches(family.Groups[2].Value).Select(match => match.Groups[1].Value).ToList();
            Assert.True(labels.Remove(VmLabel) == (isPerVm && row.IsOfVms), $"whose is it? {series}");
            shown[row.Name].UnionWith(labels.Where(label => label != "le"));
            seen.Add(row.Name);
        }

        Assert.Equal(Rows.Keys.Order(), seen.Order());
        Assert.All(Rows.Values, row => Assert.Equal(
            (row.Name, string.Join(' ', row.Attributes.Select(one => one.Replace('.', '_')).Order())),
            (row.Name, string.Join(' ', shown[row.Name]))));
    }

    // Each instrument once at least, and what has an error.type with one and without.
    private static async Task ProvokeAllAsync(TestServer server)
    {
        var guest = await MetricsTests.MappedAsync(server, "guest");
        using var vmm = await AttachedVmm.AttachAsync(guest);
        await guest.SignalAsync(1, 0);
        await guest.AcknowledgeAsync(0);
        await guest.RunAsync([ItsCommand.Interrupt(9, 0)]);
        server.Host(guest.Name).Telemetry.BeginHold();
        server.Host(guest.Name).Telemetry.EndHold();
        var saved = await server.Tcp.SaveAsync(guest.Name);
        await Refusal.OfAsync(() => server.Tcp.RestoreAsync(guest.Name, saved.Blob));
        await server.Tcp.PauseAsync(guest.Name);
        await server.Tcp.RestoreAsync(guest.Name, saved.Blob);

        using var sharing = await GuestOfKind.CreateAsync(server, MemoryKind.Shared, "sharing");
        await sharing.Guest.ReadMemoryAsync(GuestMap.DataArea, 4);
        foreach (var path in Directory.GetFiles(GuestOfKind.DirectoryOf(server)))
        {
            using var file = File.OpenWrite(path);
            file.SetLength(0);
        }

        await Refusal.OfAsync(() => sharing.Guest.ReadMemoryAsync(GuestMap.DataArea, 4));

        await Refusal.OfAsync(() => server.Host(sharing.Guest.Name)
            .EnterAsync<Mishap, Done>(default, TestContext.Current.CancellationToken).AsTask());
        await Refusal.OfAsync(() => server.Tcp.SaveAsync(sharing.Guest.Name));
    }

    private static List<Instrument> OwnInstruments(TestServer server)
    {
        var own = server.Services.GetRequiredService<Instruments>().Meter;
        return InstrumentsOf(meter => meter == own);
    }

    private static List<Instrument> InstrumentsOf(Predicate<Meter> isWanted)
    {
        var found = new List<Instrument>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (isWanted(instrument.Meter))
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

    [GeneratedRegex("""^([a-zA-Z0-9_:]+)(?:\{(.*)\})?$""")]
    private static partial Regex Family();

    [GeneratedRegex("""([a-zA-Z0-9_]+)="(?:[^"\\]|\\.)*""" + "\"")]
    private static partial Regex Label();

    private readonly struct Mishap : IVmOperation<Done>
    {
        public Done Run(VmContent vm) => throw new InvalidOperationException("provoked");
    }
}
