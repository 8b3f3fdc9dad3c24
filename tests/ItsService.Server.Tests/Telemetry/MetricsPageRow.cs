using System.Text.RegularExpressions;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>What docs/metrics.md tells of one instrument.</summary>
internal sealed partial record MetricsPageRow(
    string Name, string Kind, string Unit, string[] Attributes, string Meaning, string WhenItMoves)
{
    /// <summary>Those of the service, and those of the platform.</summary>
    public static IReadOnlyList<MetricsPageRow> All { get; } =
    [
        .. File.ReadAllLines(RepositoryFolder.PathOf("docs", "metrics.md"))
            .Select(line => line.Split('|'))
            .Where(cells => cells.Length > 6 && InstrumentCell().IsMatch(cells[1]))
            .Select(cells => new MetricsPageRow(
                cells[1].Trim().Trim('`'),
                cells[2].Trim(),
                cells[3].Trim(),
                [.. Code().Matches(cells[4]).Select(match => match.Groups[1].Value)],
                cells[5].Trim(),
                cells[6].Trim())),
    ];

    /// <summary>Whether it is one of the service's own.</summary>
    public bool IsOurs => Name.StartsWith("its.", StringComparison.Ordinal);

    /// <summary>Whether it names VMs where MetricsPerVm is set: the page's section on one VM.</summary>
    public bool IsOfVms => Name is not ("its.vm.count" or "its.vm.faults" or "its.api.refusals")
        && !Name.StartsWith("its.state.", StringComparison.Ordinal)
        && !Name.StartsWith("its.memory.hosted.", StringComparison.Ordinal);

    /// <summary>Whether a family of /metrics is this instrument's.</summary>
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

    [GeneratedRegex(@"^ `[a-z_]+(\.[a-z_]+)+` $")]
    private static partial Regex InstrumentCell();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
