using System.Globalization;
using ItsService.Observability.Tests.Deploy;
using ItsService.Observability.Tests.Hosting;

namespace ItsService.Observability.Tests.Pictures;

/// <summary>Draws what Prometheus answered to the questions of one panel.</summary>
internal sealed class PanelPicture(Svg svg, Area area, DashboardPanel panel, IReadOnlyList<Answer> answers)
{
    private const int LegendRowHeight = 14;
    private const int LegendRowsMax = 5;
    private const string Dim = "#9098a4";
    private const string Bright = "#dcdfe4";
    private static readonly string[] Palette =
        ["#73bf69", "#f2cc0c", "#5794f2", "#ff9830", "#b877d9", "#f2495c", "#8ab8ff", "#c0d8ff", "#fade2a", "#96d98d"];

    private static readonly Dictionary<string, string> Named = new()
    {
        ["green"] = "#73bf69",
        ["orange"] = "#ff9830",
        ["red"] = "#f2495c",
    };

    public void Draw()
    {
        svg.Box(area, "#181b1f", "#2c3038", radius: 3);
        svg.Write(area.X + 10, area.Y + 20, panel.Title, new TextLook(13, Bright, IsBold: true));
        switch (panel.Kind)
        {
            case "stat":
                DrawFigure();
                break;
            case "heatmap":
                DrawHeatmap();
                break;
            default:
                DrawCurves();
                break;
        }
    }

    private void DrawFigure()
    {
        var value = answers[0].Series[0].Points[^1].Value;
        var color = panel.Thresholds.Last(step => step.Value is not { } from || value >= from).Color;
        svg.Write(
            area.X + (area.Width / 2), area.Y + (area.Height / 2) + 20, UnitText.Of(value, panel.Unit),
            new TextLook(26, Named[color], "middle", IsBold: true));
    }

    private void DrawCurves()
    {
        var curves = answers.SelectMany(answer => answer.Series.Select(series => (
                Legend: answer.Query.LegendOf(series.Labels), series.Points,
                Max: series.Points.Max(point => point.Value), Last: series.Points[^1].Value)))
            .OrderByDescending(curve => curve.Max).ToList();
        // Curves that lie at 0 all the time are not named, unless all do.
        var rows = Math.Clamp(curves.Count(curve => curve.Max > 0), 1, LegendRowsMax);
        var plot = Plot(rows + (curves.Count > rows ? 1 : 0));
        var axis = Axis.Around(curves.SelectMany(curve => curve.Points).Select(point => point.Value), IsLogarithmic());
        DrawValueAxis(plot, axis);
        DrawTimeAxis(plot);
        foreach (var step in panel.Thresholds.Where(step => step.Value is { } from && axis.Place(from) is > 0 and <= 1))
        {
            var y = plot.Bottom - (axis.Place(step.Value!.Value) * plot.Height);
            svg.Line(plot.X, y, plot.Right, y, Named[step.Color], "6 4");
        }

        for (var index = curves.Count - 1; index >= 0; index--)
        {
            svg.Curve(
                curves[index].Points.Where(point => axis.Place(point.Value) >= 0).Select(point => (
                    TimeAt(plot, point.At), plot.Bottom - (axis.Place(point.Value) * plot.Height))),
                Palette[index % Palette.Length]);
        }

        for (var row = 0; row < rows; row++)
        {
            var curve = curves[row];
            DrawLegendRow(
                plot, row, Palette[row % Palette.Length], curve.Legend,
                $"last {UnitText.Of(curve.Last, panel.Unit)}   max {UnitText.Of(curve.Max, panel.Unit)}");
        }

        if (curves.Count > rows)
        {
            var most = UnitText.Of(curves[rows].Max, panel.Unit);
            DrawLegendRow(plot, rows, "none", $"and {curves.Count - rows} more, of at most {most}", "");
        }
    }

    private void DrawHeatmap()
    {
        var rows = answers[0].Series.Where(series => series["le"] != "+Inf")
            .Select(series => (Bound: double.Parse(series["le"], CultureInfo.InvariantCulture), series.Points))
            .OrderBy(row => row.Bound).ToList();
        var counts = rows.Select((row, index) => row.Points.Select((point, at) =>
            Math.Max(0, point.Value - (index == 0 ? 0 : rows[index - 1].Points[at].Value))).ToList()).ToList();
        var used = Enumerable.Range(0, rows.Count).Where(index => counts[index].Max() >= 0.5).ToList();
        var (first, count) = (Math.Max(0, used[0] - 1), used[^1] - Math.Max(0, used[0] - 1) + 2);
        var plot = Plot(1);
        var most = counts.Max(row => row.Max());
        var height = plot.Height / count;
        for (var index = first; index < Math.Min(rows.Count, first + count); index++)
        {
            var y = plot.Bottom - ((index - first + 1) * height);
            var width = plot.Width / rows[index].Points.Count;
            for (var at = 0; at < rows[index].Points.Count; at++)
            {
                if (counts[index][at] >= 0.5)
                {
                    svg.Box(
                        new Area(plot.X + (at * width), y, width - 0.5, height - 0.5), "#ff9830",
                        opacity: 0.08 + (0.92 * Math.Sqrt(counts[index][at] / most)));
                }
            }

            if ((index - first) % 2 == 0)
            {
                svg.Write(plot.X - 6, y + 4, UnitText.Of(rows[index].Bound, "s"), new TextLook(10, Dim, "end"));
            }
        }

        svg.Write(area.X + 14, plot.Y + (plot.Height / 2), "time", new TextLook(10, Dim, "middle", IsUpwards: true));
        DrawTimeAxis(plot);
        DrawLegendRow(
            plot, 0, "#ff9830", $"measurements in 10 s; the brightest cell has {UnitText.Of(most, "short")}", "");
    }

    private void DrawLegendRow(Area plot, int row, string color, string name, string values)
    {
        var y = plot.Bottom + 34 + (row * LegendRowHeight);
        svg.Box(new Area(area.X + 12, y - 5, 12, 3), color);
        svg.Write(area.X + 30, y, name, new TextLook(10.5, Bright));
        svg.Write(area.Right - 12, y, values, new TextLook(10.5, Dim, "end"));
    }

    private void DrawValueAxis(Area plot, Axis axis)
    {
        foreach (var tick in axis.Ticks.Where(tick => axis.Place(tick) is >= 0 and <= 1.001))
        {
            var y = plot.Bottom - (axis.Place(tick) * plot.Height);
            svg.Line(plot.X, y, plot.Right, y, "#262a31");
            svg.Write(plot.X - 6, y + 4, UnitText.Of(tick, panel.Unit), new TextLook(10, Dim, "end"));
        }

        svg.Write(
            area.X + 14, Math.Max(area.Y + 90, plot.Y + (plot.Height / 2)), UnitText.Axis(panel.Unit),
            new TextLook(10, Dim, "middle", IsUpwards: true));
    }

    private void DrawTimeAxis(Area plot)
    {
        const int Every = 15;
        var (from, to) = Times();
        for (var ago = 0; ago <= to - from; ago += Every)
        {
            var x = TimeAt(plot, to - ago);
            svg.Line(x, plot.Bottom, x, plot.Bottom + 3, Dim);
            svg.Write(x, plot.Bottom + 15, ago == 0 ? "now" : $"−{ago} s", new TextLook(10, Dim, "middle"));
        }
    }

    private double TimeAt(Area plot, double at)
    {
        var (from, to) = Times();
        return plot.X + ((at - from) / Math.Max(1, to - from) * plot.Width);
    }

    private (double From, double To) Times()
    {
        var points = answers.SelectMany(answer => answer.Series).SelectMany(series => series.Points).ToList();
        return (points.Min(point => point.At), points.Max(point => point.At));
    }

    private Area Plot(int legendRows)
    {
        var top = area.Y + 34;
        var bottom = area.Bottom - 30 - (legendRows * LegendRowHeight);
        return new Area(area.X + 78, top, area.Width - 98, bottom - top);
    }

    private bool IsLogarithmic() => panel.Defaults.GetProperty("custom").GetProperty("scaleDistribution")
        .GetProperty("type").GetString() == "log";
}

/// <summary>What Prometheus answered to one question of a panel.</summary>
internal sealed record Answer(PanelQuery Query, IReadOnlyList<Series> Series);
