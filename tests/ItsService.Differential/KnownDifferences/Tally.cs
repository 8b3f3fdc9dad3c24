using ItsService.Differential.Comparison;

namespace ItsService.Differential.KnownDifferences;

/// <summary>What was compared, and how often each row of the table was needed.</summary>
internal sealed class Tally(IReadOnlyList<KnownDifference> rows)
{
    /// <summary>A row that excuses more of all comparisons than this is too wide.</summary>
    public const double ShareMax = 0.05;

    private readonly Dictionary<KnownDifference, (long Count, int FirstIn)> _hits =
        new(ReferenceEqualityComparer.Instance);

    public IReadOnlyList<KnownDifference> Rows { get; } = rows;

    /// <summary>The number of the sequence that runs.</summary>
    public int Sequence { get; set; }

    public long Sequences { get; set; }

    public long Steps { get; set; }

    /// <summary>
    /// Those of them that did nothing: a repair where nothing was stalled, commands for a queue that takes none, and
    /// what could not be compared afterwards.
    /// </summary>
    public long StepsLeftOut { get; set; }

    public long Commands { get; set; }

    /// <summary>Values compared.</summary>
    public long Comparisons { get; private set; }

    public void CountComparisons(int count) => Comparisons += count;

    public long HitsOf(KnownDifference row) => _hits.GetValueOrDefault(row).Count;

    /// <summary>The number of the sequence that needed the row first; it must have been needed.</summary>
    public int FirstSequenceOf(KnownDifference row) => _hits[row].FirstIn;

    public double ShareOf(KnownDifference row) => Comparisons == 0 ? 0 : (double)HitsOf(row) / Comparisons;

    /// <summary>
    /// The rows that explain a mismatch, and counts them; none when it is not explained. Rows for registers may do it
    /// together, each for its bits.
    /// </summary>
    public IReadOnlyList<KnownDifference> Explain(Mismatch mismatch, StepContext context)
    {
        var found = Rows.Where(row => row.Explains(mismatch, context));
        KnownDifference[] needed = mismatch is RegisterMismatch register
            ? [.. found.Where(row => (row.Bits & register.DifferentBits) != 0)]
            : [.. found.Take(1)];
        if (mismatch is RegisterMismatch left
            && (left.DifferentBits & ~needed.Aggregate(0UL, (bits, row) => bits | row.Bits)) != 0)
        {
            return [];
        }

        foreach (var row in needed)
        {
            _hits[row] = _hits.TryGetValue(row, out var hits) ? hits with { Count = hits.Count + 1 } : (1, Sequence);
        }

        return needed;
    }

    /// <summary>What is wrong with the table after a run: rows that were not needed, and rows too wide.</summary>
    public IEnumerable<string> Complaints()
    {
        foreach (var row in Rows)
        {
            if (HitsOf(row) == 0)
            {
                yield return $"no hit: {row.Name}";
            }
            else if (ShareOf(row) > ShareMax)
            {
                yield return FormattableString.Invariant(
                    $"excuses {ShareOf(row):P1} of all comparisons, more than {ShareMax:P0}: {row.Name}");
            }
        }
    }
}
