using System.Globalization;
using System.Xml.Linq;

namespace ItsService.Observability.Tests.Pictures;

/// <summary>A drawing, written as SVG from back to front.</summary>
internal sealed class Svg
{
    private static readonly XNamespace Names = "http://www.w3.org/2000/svg";

    private readonly XElement _root;

    public Svg(double width, double height)
    {
        _root = new XElement(
            Names + "svg",
            new XAttribute("viewBox", $"0 0 {Text(width)} {Text(height)}"),
            new XAttribute("width", Text(width)),
            new XAttribute("height", Text(height)),
            new XAttribute("font-family", "DejaVu Sans, Verdana, sans-serif"));
    }

    public void Box(Area area, string fill, string stroke = "none", double radius = 0, double opacity = 1) => Add(
        "rect", null,
        ("x", Text(area.X)), ("y", Text(area.Y)), ("width", Text(area.Width)), ("height", Text(area.Height)),
        ("rx", Text(radius)), ("fill", fill), ("stroke", stroke), ("fill-opacity", Text(opacity)));

    /// <summary>A straight line, of dashes where they are told.</summary>
    public void Line(double x1, double y1, double x2, double y2, string color, string dashes = "none") => Add(
        "line", null,
        ("x1", Text(x1)), ("y1", Text(y1)), ("x2", Text(x2)), ("y2", Text(y2)), ("stroke", color),
        ("stroke-dasharray", dashes));

    public void Curve(IEnumerable<(double X, double Y)> points, string color) => Add(
        "polyline", null,
        ("points", string.Join(' ', points.Select(point => $"{Text(point.X)},{Text(point.Y)}"))),
        ("fill", "none"), ("stroke", color), ("stroke-width", "1.5"));

    /// <param name="x">Where it begins, ends, or has its middle.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="words">What is written.</param>
    /// <param name="look">How.</param>
    public void Write(double x, double y, string words, TextLook look) => Add(
        "text", words,
        ("x", Text(x)), ("y", Text(y)), ("font-size", Text(look.Size)), ("fill", look.Color),
        ("text-anchor", look.Anchor), ("font-weight", look.IsBold ? "bold" : "normal"),
        ("transform", look.IsUpwards ? $"rotate(-90 {Text(x)} {Text(y)})" : ""));

    public override string ToString() => $"{_root}\n";

    private static string Text(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    private void Add(string name, string? content, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        var element = new XElement(Names + name, content);
        foreach (var (attribute, value) in attributes)
        {
            if (value is not ("" or "none" or "normal") || attribute == "fill")
            {
                element.Add(new XAttribute(attribute, value));
            }
        }

        _root.Add(element);
    }
}

/// <summary>A rectangle.</summary>
internal readonly record struct Area(double X, double Y, double Width, double Height)
{
    public double Right => X + Width;

    public double Bottom => Y + Height;
}

/// <summary>How a text looks.</summary>
internal readonly record struct TextLook(
    double Size, string Color, string Anchor = "start", bool IsBold = false, bool IsUpwards = false);
