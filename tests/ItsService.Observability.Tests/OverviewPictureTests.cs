using System.Xml.Linq;
using ItsService.Observability.Tests.Deploy;
using ItsService.Observability.Tests.Pictures;

namespace ItsService.Observability.Tests;

/// <summary>
/// The picture of the overview in the documentation, from what a real Prometheus answers. It is drawn anew with
/// ITS_OPERATIONS_PICTURE=1 in the environment of this test, and shows every panel that there is.
/// </summary>
public sealed class OverviewPictureTests(ObservedFleet observed)
{
    private const string WriteVariable = "ITS_OPERATIONS_PICTURE";
    private const string Interval = "10s";
    private static readonly TimeSpan Shown = TimeSpan.FromSeconds(75);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private static readonly string Picture = RepositoryFolder.PathOf("docs", "pictures", "overview.svg");

    [Fact]
    public async Task Picture_shows_every_panel_of_the_overview()
    {
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
        {
            await DrawAsync();
        }

        var board = DashboardFile.Read("overview");
        var texts = XDocument.Load(Picture).Descendants().Where(one => one.Name.LocalName == "text")
            .Select(one => one.Value).ToHashSet();

        Assert.All(board.Panels, panel => Assert.Contains(panel.Title, texts));
        Assert.Contains(board.Json.GetProperty("title").GetString()!, texts);
    }

    private async Task DrawAsync()
    {
        var fleet = await observed.GetAsync();
        await Task.Delay(Shown + TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
        var board = DashboardFile.Read("overview");
        var picture = await DashboardPicture.DrawAsync(
            board,
            "itsctl stress, a Linux that boots, a VMM's session, saves: what Prometheus answered",
            async (_, query) => new Answer(query, await fleet.Prometheus.OverAsync(
                DashboardFile.Substitute(query.Expression, fleet.Fleet.Instance, fleet.Vm, Interval), Shown, Step)));
        Directory.CreateDirectory(Path.GetDirectoryName(Picture)!);
        await File.WriteAllTextAsync(Picture, picture, TestContext.Current.CancellationToken);
    }
}
