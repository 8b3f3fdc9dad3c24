using ItsService.Observability.Tests;
using ItsService.Observability.Tests.Deploy;
using ItsService.Observability.Tests.Hosting;
using ItsService.Observability.Tests.Load;

[assembly: AssemblyFixture(typeof(ObservedFleet))]

namespace ItsService.Observability.Tests;

/// <summary>
/// A real Prometheus that asks four real services, with the repository's rules: two with normal load, one for which
/// everything goes wrong, and one that stops. It is made once for all tests, and only where Prometheus is.
/// </summary>
public sealed class ObservedFleet : IAsyncLifetime
{
    // Until everything has been compiled, and rates have a range to be of.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan GoodDay = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("its-prometheus-");
    private readonly List<IAsyncDisposable> _parts = [];
    private Parts? _made;

    /// <summary>Makes it, at the first time.</summary>
    internal async Task<Parts> GetAsync()
    {
        PrometheusProgram.Need();
        await _turn.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return _made ??= await MakeAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        for (var last = _parts.Count - 1; last >= 0; last--)
        {
            await _parts[last].DisposeAsync();
        }

        _folder.Delete(recursive: true);
        _turn.Dispose();
    }

    private async Task<Parts> MakeAsync()
    {
        var spans = Keep(new SampledSpans());
        var fleet = Keep(await ObservedService.StartAsync());
        var named = Keep(await ObservedService.StartAsync(options => options.MetricsPerVm = true));
        var unlucky = Keep(await ObservedService.StartAsync(Provocations.Configure));
        var leaving = Keep(await ObservedService.StartAsync());
        QuickRules.Write(
            _folder.FullName,
            new[] { fleet, named, unlucky, leaving }.Select(service => service.Instance));
        var prometheus = Keep(await PrometheusProcess.StartAsync(_folder.FullName));
        var loops = new Loops();
        var guests = await NormalLoad.StartAsync(fleet, named, loops);
        guests.ForEach(guest => Keep(guest));
        Keep(loops);
        await Task.Delay(WarmUp);
        return new Parts(
            fleet, named, unlucky, leaving, prometheus.Queries, spans, loops, guests[1].Name,
            GoodDayAsync(prometheus.Queries));
    }

    // Before anything is provoked: what goes wrong in one service takes time from the others, which are in one process.
    private static async Task<IReadOnlyList<Series>> GoodDayAsync(PrometheusQueries prometheus)
    {
        await Task.Delay(GoodDay);
        return await prometheus.NowAsync($"count_over_time(ALERTS{{alertstate=\"firing\"}}[{GoodDay.TotalSeconds}s])");
    }

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }

    /// <summary>What it is made of.</summary>
    /// <param name="Fleet">As a service is by default.</param>
    /// <param name="Named">It tells its VMs apart.</param>
    /// <param name="Unlucky">For provocations.</param>
    /// <param name="Leaving">To be stopped.</param>
    /// <param name="Prometheus">It asks all four.</param>
    /// <param name="Spans">Those of all four.</param>
    /// <param name="Load">What goes on in the first two.</param>
    /// <param name="Vm">"vms/{id}" of the second, for the dashboard of one VM.</param>
    /// <param name="GoodDay">The alerts that fired while there was normal load alone.</param>
    internal sealed record Parts(
        ObservedService Fleet,
        ObservedService Named,
        ObservedService Unlucky,
        ObservedService Leaving,
        PrometheusQueries Prometheus,
        SampledSpans Spans,
        Loops Load,
        string Vm,
        Task<IReadOnlyList<Series>> GoodDay)
    {
        /// <summary>The service that a dashboard is looked at for on a good day.</summary>
        public string InstanceFor(string dashboard) => dashboard == "vm" ? Named.Instance : Fleet.Instance;
    }
}
