using ItsService.Observability.Tests.Deploy;

namespace ItsService.Observability.Tests.Pictures;

/// <summary>Draws a dashboard: its panels where the file has them.</summary>
internal static class DashboardPicture
{
    private const int ColumnWidth = 62;
    private const int RowHeight = 32;
    private const int Margin = 12;
    private const int Gap = 6;
    private const int HeadHeight = 44;

    public static async Task<string> DrawAsync(
        DashboardFile board, string subtitle, Func<DashboardPanel, PanelQuery, Task<Answer>> ask)
    {
        var places = board.Panels.ToDictionary(panel => panel, PlaceOf);
        var width = (24 * ColumnWidth) + (2 * Margin);
        var height = places.Values.Max(place => place.Bottom) + Margin;
        var svg = new Svg(width, height);
        svg.Box(new Area(0, 0, width, height), "#111217");
        svg.Write(
            Margin + 4, 30, board.Json.GetProperty("title").GetString()!, new TextLook(18, "#dcdfe4", IsBold: true));
        svg.Write(width - Margin, 30, subtitle, new TextLook(12, "#9098a4", "end"));
        foreach (var (panel, place) in places)
        {
            if (!panel.HasData)
            {
                svg.Write(place.X + 4, place.Bottom - 8, panel.Title, new TextLook(14, "#dcdfe4"));
                continue;
            }

            var answers = new List<Answer>();
            foreach (var query in panel.Queries)
            {
                answers.Add(await ask(panel, query));
            }

            new PanelPicture(svg, place, panel, answers).Draw();
        }

        return svg.ToString();
    }

    private static Area PlaceOf(DashboardPanel panel)
    {
        var place = panel.Json.GetProperty("gridPos");
        return new Area(
            Margin + (place.GetProperty("x").GetInt32() * ColumnWidth),
            HeadHeight + (place.GetProperty("y").GetInt32() * RowHeight),
            (place.GetProperty("w").GetInt32() * ColumnWidth) - Gap,
            (place.GetProperty("h").GetInt32() * RowHeight) - Gap);
    }
}
