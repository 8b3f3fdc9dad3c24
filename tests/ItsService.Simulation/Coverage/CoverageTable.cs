using System.Text;
using ItsService.Simulation.Shapes;

namespace ItsService.Simulation.Coverage;

/// <summary>What occurred how often, by the number of vCPUs and ITSs.</summary>
internal sealed class CoverageTable
{
    private const int NameWidth = 44;
    private const int CountWidth = 11;

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

    /// <summary>The cases that never occurred.</summary>
    public IReadOnlyList<string> Missed() =>
        [.. CoverageCases.All.Where(name => _byShape.Values.All(counts => counts[name] == 0))];

    /// <summary>How often a case occurred at all.</summary>
    public long Total(string name) => _byShape.Values.Sum(counts => counts[name]);

    /// <summary>A row for each case, a column for each shape.</summary>
    public string Print()
    {
        var text = new StringBuilder();
        var shapes = _byShape.OrderBy(entry => entry.Key).ToList();
        text.Append("vCPUs x ITSs".PadRight(NameWidth));
        foreach (var ((vcpus, itsCount), _) in shapes)
        {
            text.Append($"{vcpus}x{itsCount}".PadLeft(CountWidth));
        }

        text.Append('\n');
        foreach (var name in CoverageCases.All)
        {
            text.Append(name.PadRight(NameWidth));
            foreach (var (_, counts) in shapes)
            {
                text.Append(counts[name].ToString(provider: null).PadLeft(CountWidth));
            }

            text.Append(Total(name) == 0 ? "  NEVER\n" : "\n");
        }

        return text.ToString();
    }
}
