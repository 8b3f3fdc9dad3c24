using System.Collections.Immutable;

namespace ItsService.Fuzz.Engine;

/// <summary>
/// Tries inputs of one target, each a change of one that did something new. Which ones is decided by the seed and by
/// what the inputs before did, and by nothing else.
/// </summary>
internal sealed class FuzzRun
{
    private const int ChangesMax = 6;
    private const int MinimizingTries = 120;
    private const int FindingTries = 600;
    private const int FindingsMax = 20;

    private readonly FuzzTarget _target;
    private readonly Prng _random;
    private readonly List<CorpusEntry> _corpus = [];
    private readonly Dictionary<string, int> _behaviours = [];
    private readonly Queue<Finding> _unminimized = [];
    private readonly Action<Finding>? _onFound;

    // Replaced and never changed, for who looks from outside.
    private ImmutableList<Finding> _findings = [];

    /// <param name="target">What is tried.</param>
    /// <param name="seed">Decides what is tried.</param>
    /// <param name="limits">What an input may take.</param>
    /// <param name="current">Where the input that is being tried is kept, if anywhere.</param>
    /// <param name="onFound">Is told of each finding at once, as it was found.</param>
    public FuzzRun(
        FuzzTarget target,
        ulong seed,
        FuzzLimits limits,
        CurrentInputFile? current = null,
        Action<Finding>? onFound = null)
    {
        _target = target;
        _random = new Prng(seed);
        _onFound = onFound;
        Execution = new Execution(target, limits, current);
    }

    /// <summary>What tries the inputs, for who watches over it.</summary>
    public Execution Execution { get; }

    /// <summary>How many inputs were tried, those to make others smaller included.</summary>
    public long ExecutionCount { get; private set; }

    /// <summary>The inputs that did something new when they came.</summary>
    public IReadOnlyList<CorpusEntry> Corpus => _corpus;

    /// <summary>How many inputs had each behaviour.</summary>
    public IReadOnlyDictionary<string, int> Behaviours => _behaviours;

    /// <summary>What was found, one of a sort, in the order in which it was.</summary>
    public IReadOnlyCollection<Finding> Findings => Volatile.Read(ref _findings);

    /// <summary>The most that one input allocated.</summary>
    public long AllocatedBytesMax { get; private set; }

    /// <summary>The most that one input allocated of what it may, in percent.</summary>
    public double AllocatedPercentMax { get; private set; }

    /// <summary>The longest that one input took.</summary>
    public TimeSpan LongestTime { get; private set; }

    /// <summary>Whether there is enough to mend.</summary>
    public bool HasEnoughFindings => _findings.Count >= FindingsMax;

    /// <summary>Tries what there is to begin with.</summary>
    public void Begin(IEnumerable<byte[]> inputs)
    {
        foreach (var input in inputs.Concat(_target.Seeds()))
        {
            Try(input, minimizes: false);
        }
    }

    /// <summary>Tries one more input.</summary>
    public void TryNext() => Try(Changed(), minimizes: true);

    private byte[] Changed()
    {
        // Half of the time one of the newest: what is new there has not been changed much yet.
        var newest = Math.Max(0, _corpus.Count - 16);
        var parent = _corpus.Count == 0 ? []
            : _corpus[_random.Percent(50) ? _random.Below(_corpus.Count) : _random.Between(newest, _corpus.Count - 1)]
                .Input;
        var other = _corpus.Count == 0 ? [] : _random.PickFrom(_corpus).Input;
        var input = parent;
        for (var change = _random.Between(1, _random.Between(1, ChangesMax)); change > 0; change--)
        {
            input = _target.Mutate(input, other, _random);
        }

        return input;
    }

    private void Try(byte[] input, bool minimizes)
    {
        var result = Execute(input);
        if (result.Finding is null)
        {
            Learn(input, result, minimizes);
        }

        MinimizeFindings();
    }

    private void Learn(byte[] input, ExecutionResult result, bool minimizes)
    {
        List<string> fresh = [.. result.Behaviours.Where(behaviour => !_behaviours.ContainsKey(behaviour))];
        foreach (var behaviour in result.Behaviours)
        {
            _behaviours[behaviour] = _behaviours.GetValueOrDefault(behaviour) + 1;
        }

        if (fresh.Count > 0)
        {
            Keep(input, result, fresh, minimizes);
        }
    }

    private void Keep(byte[] input, ExecutionResult result, List<string> fresh, bool minimizes)
    {
        var behaviours = result.Behaviours;
        var kept = !minimizes ? input : Minimizer.Minimize(_target, input, MinimizingTries, smaller =>
        {
            var attempt = Execute(smaller);
            var does = attempt.Finding is null && fresh.TrueForAll(attempt.Behaviours.Contains);
            behaviours = does ? attempt.Behaviours : behaviours;
            return does;
        });
        _corpus.Add(new CorpusEntry(kept, behaviours, fresh[0]));
    }

    /// <summary>
    /// Makes what was found smaller. What is found on the way waits for its turn; beyond as many as end a run it stays
    /// as it is.
    /// </summary>
    private void MinimizeFindings()
    {
        while (_unminimized.TryDequeue(out var finding))
        {
            if (finding.Kind != FindingKind.Hang)
            {
                var smallest = Minimizer.Minimize(_target, finding.Input, FindingTries, smaller =>
                    Execute(smaller).Finding is { } found && found.Identity == finding.Identity);
                Volatile.Write(ref _findings, _findings.Replace(finding, finding with { Input = smallest }));
            }
        }
    }

    /// <summary>Every finding is kept, whatever the input was tried for.</summary>
    private void Add(Finding finding)
    {
        if (_findings.Exists(known => known.Identity == finding.Identity))
        {
            return;
        }

        if (!HasEnoughFindings)
        {
            _unminimized.Enqueue(finding);
        }

        Volatile.Write(ref _findings, _findings.Add(finding));
        _onFound?.Invoke(finding);
    }

    private ExecutionResult Execute(byte[] input)
    {
        ExecutionCount++;
        var result = Execution.Run(input);
        AllocatedBytesMax = Math.Max(AllocatedBytesMax, result.AllocatedBytes);
        AllocatedPercentMax = Math.Max(
            AllocatedPercentMax, 100.0 * result.AllocatedBytes / _target.AllocatedBytesMax(input));
        LongestTime = result.Time > LongestTime ? result.Time : LongestTime;
        if (result.Finding is { } finding)
        {
            Add(finding);
        }

        return result;
    }
}
