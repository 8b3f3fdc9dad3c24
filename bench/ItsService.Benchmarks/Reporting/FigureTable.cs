using System.Globalization;

namespace ItsService.Benchmarks.Reporting;

/// <summary>Figures for a person, each beside its target.</summary>
internal static class FigureTable
{
    public static void Print(IEnumerable<Figure> figures)
    {
        Line("key", "value", "unit", "allocated", "target", "");
        foreach (var figure in figures)
        {
            var target = Targets.Of(figure.Key);
            var verdict = target is null ? "" : figure.Value is null ? "NOT MEASURED"
                : target.IsMetBy(figure) ? "met" : "NOT MET";
            Line(
                figure.Key,
                figure.Value is { } value ? Number(value) : "-",
                figure.Unit,
                figure.AllocatedBytes is { } bytes ? $"{bytes} B" : "",
                target is null ? "" : Text(target),
                figure.Reason is { } reason ? $"{verdict} ({reason})" : verdict);
        }
    }

    private static string Text(Target target) =>
        $"{(target.IsCeiling ? "<=" : ">=")} {Number(target.Bound)}{(target.AllocatesNothing ? ", 0 B" : "")}";

    private static string Number(double value) => value switch
    {
        >= 1e6 => $"{(value / 1e6).ToString("0.00", CultureInfo.InvariantCulture)} M",
        >= 1000 => value.ToString("0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };

    private static void Line(string key, string value, string unit, string allocated, string target, string verdict) =>
        Console.WriteLine($"{key,-34} {value,10} {unit,-6} {allocated,9}  {target,-14} {verdict}".TrimEnd());
}
