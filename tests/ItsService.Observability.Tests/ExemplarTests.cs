using System.Globalization;
using ItsService.Observability.Tests.Deploy;
using ItsService.Observability.Tests.Hosting;

namespace ItsService.Observability.Tests;

/// <summary>
/// The exemplars of /metrics as a real Prometheus reads and keeps them, with the features that deploy/compose.yaml
/// turns on, from services whose spans somebody wants.
/// </summary>
public sealed class ExemplarTests(ObservedFleet observed)
{
    private const string RateInterval = "10s";
    private const string OfStreams = "its_injection_duration_seconds_bucket{its_path=\"stream\"}";
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task Exemplar_of_a_batch_leads_to_the_span_of_its_stream_and_lies_in_its_bucket()
    {
        var fleet = await observed.GetAsync();
        var exemplars = await UntilSomeAsync(() => fleet.Prometheus.ExemplarsAsync(OfStreams, Kept));

        Assert.NotEmpty(exemplars);
        Assert.All(exemplars, exemplar =>
        {
            Assert.Equal(["span_id", "trace_id"], exemplar.Labels.Keys.Order(StringComparer.Ordinal));
            Assert.Equal("its.v1.Interrupts/InjectMsis", fleet.Spans.NameOf(exemplar));
            var (above, end) = BucketOf(exemplar);
            Assert.InRange(exemplar.Value, above, end);
        });
    }

    [Fact]
    public async Task Each_query_that_asks_for_exemplars_is_given_some_of_a_span()
    {
        var fleet = await observed.GetAsync();
        var missing = DashboardFile.Names.Select(DashboardFile.Read).SelectMany(board => board.Panels)
            .SelectMany(panel => panel.Queries.Where(query => query.AsksForExemplars)
                .Select(query => (Panel: panel, query.Expression))).ToList();
        Assert.NotEmpty(missing);

        var startedAt = TimeProvider.System.GetTimestamp();
        while (missing.Count > 0 && TimeProvider.System.GetElapsedTime(startedAt) < Patience)
        {
            foreach (var one in missing.ToList())
            {
                var exemplars = await fleet.Prometheus.ExemplarsAsync(
                    DashboardFile.Substitute(
                        one.Expression, fleet.InstanceFor(one.Panel.Dashboard), fleet.Vm, RateInterval),
                    Kept);
                if (exemplars.Any(exemplar => fleet.Spans.NameOf(exemplar) is not null))
                {
                    missing.Remove(one);
                }
            }

            await Task.Delay(LookAgain, TestContext.Current.CancellationToken);
        }

        Assert.True(
            missing.Count == 0, string.Join('\n', missing.Select(one => $"{one.Panel}: {one.Expression}")));
    }

    // Each ends at a power of two.
    private static (double Above, double End) BucketOf(Exemplar exemplar)
    {
        const double First = 1.0 / (1 << 25);
        const double Last = 16;
        var text = exemplar.Series["le"];
        if (text == "+Inf")
        {
            return (Last, double.PositiveInfinity);
        }

        var end = double.Parse(text, CultureInfo.InvariantCulture);
        return (end > First ? end / 2 : 0, end);
    }

    private static async Task<List<Exemplar>> UntilSomeAsync(Func<Task<List<Exemplar>>> ask)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var exemplars = await ask();
            if (exemplars.Count > 0 || TimeProvider.System.GetElapsedTime(startedAt) > Patience)
            {
                return exemplars;
            }

            await Task.Delay(LookAgain, TestContext.Current.CancellationToken);
        }
    }
}
