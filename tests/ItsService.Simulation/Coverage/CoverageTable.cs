using System.Globalization;
using System.Text;
using ItsService.Simulation.Generation;
using ItsService.Simulation.Shapes;

namespace ItsService.Simulation.Coverage;

/// <summary>What occurred how often, by the number of vCPUs and ITSs.</summary>
internal sealed class CoverageTable
{
    private const int NameWidth = 44;
    private const int CountWidth = 11;

    private static readonly (int Vcpus, int ItsCount)[] Shapes =
        [.. ShapeMaker.VcpuCounts.Distinct().SelectMany(vcpus => ShapeMaker.ItsCounts.Select(its => (vcpus, its)))];

    private readonly Lock _gate = new();
    private readonly Dictionary<(int Vcpus, int ItsCount), CoverageCounts> _byShape = [];

    /// <summary>Adds what a run has counted. Any thread may.</summary>
    public void Add(Shape shape, CoverageCounts counts)
    {
        lock (_gate)
        {
            var key = (shape.VcpuCount, shape.ItsCount);
            if (!_byShape.TryGetValue(key, out var sum))
            {
                _byShape.Add(key, sum = new CoverageCounts());
            }

            sum.Add(counts);
        }
    }

    /// <summary>The cases that never occurred, and the numbers of vCPUs and ITSs that there was no run with.</summary>
    public IReadOnlyList<string> Missed() =>
    [
        .. Shapes.Where(shape => !_byShape.ContainsKey(shape)).Select(Name),
        .. CoverageCases.All.Where(name => Total(name) == 0),
    ];

    /// <summary>How often a case occurred at all.</summary>
    public long Total(string name) => _byShape.Values.Sum(counts => counts[name]);

    /// <summary>A row for each case, a column for each shape.</summary>
    public string Print()
    {
        var text = new StringBuilder();
        text.Append("vCPUs x ITSs".PadRight(NameWidth));
        foreach (var shape in Shapes)
        {
            text.Append(Name(shape).PadLeft(CountWidth));
        }

        text.Append('\n');
        Append(text, "runs", counts => counts.RunCount);
        Append(text, "steps", counts => counts.StepCount);
        foreach (var name in CoverageCases.All)
        {
            Append(text, name, counts => counts[name]);
        }

        return text.ToString();
    }

    private void Append(StringBuilder text, string name, Func<CoverageCounts, long> countOf)
    {
        text.Append(name.PadRight(NameWidth));
        var sum = 0L;
        foreach (var shape in Shapes)
        {
            var count = _byShape.TryGetValue(shape, out var counts) ? countOf(counts) : 0;
            text.Append(CultureInfo.InvariantCulture, $"{count,CountWidth}");
            sum += count;
        }

        text.Append(sum == 0 ? "  NEVER\n" : "\n");
    }

    private static string Name((int Vcpus, int ItsCount) shape) => $"{shape.Vcpus}x{shape.ItsCount}";
}
