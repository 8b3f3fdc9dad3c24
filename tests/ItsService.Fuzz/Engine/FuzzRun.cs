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
    private readonly Dictionary<string, Finding> _findings = [];

    /// <param name="target">What is tried.</param>
    /// <param name="seed">Decides what is tried.</param>
    /// <param name="limits">What an input may take.</param>
    public FuzzRun(FuzzTarget target, ulong seed, FuzzLimits limits)
    {
        _target = target;
        _random = new Prng(seed);
        Execution = new Execution(target, limits);
    }

    /// <summary>What tries the inputs, for who watches over it.</summary>
    public Execution Execution { get; }

    /// <summary>How many inputs were tried, those to make others smaller included.</summary>
    public long ExecutionCount { get; private set; }

    /// <summary>The inputs that did something new when they came.</summary>
    public IReadOnlyList<CorpusEntry> Corpus => _corpus;

    /// <summary>How many inputs had each behaviour.</summary>
    public IReadOnlyDictionary<string, int> Behaviours => _behaviours;

    /// <summary>What was found, one of a sort.</summary>
    public IReadOnlyCollection<Finding> Findings => _findings.Values;

    /// <summary>The most that one input allocated.</summary>
    public long AllocatedBytesMax { get; private set; }

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
        if (result.Finding is { } finding)
        {
            Add(finding);
            return;
        }

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

    private void Add(Finding finding)
    {
        if (_findings.ContainsKey(finding.Identity))
        {
            return;
        }

        _findings[finding.Identity] = finding;
        if (finding.Kind != FindingKind.Hang)
        {
            Minimizer.Minimize(_target, finding.Input, FindingTries, smaller =>
            {
                var isSame = Execute(smaller).Finding is { } found && found.Identity == finding.Identity;
                _findings[finding.Identity] = isSame ? finding with { Input = smaller } : _findings[finding.Identity];
                return isSame;
            });
        }
    }

    private ExecutionResult Execute(byte[] input)
    {
        ExecutionCount++;
        var result = Execution.Run(input);
        AllocatedBytesMax = Math.Max(AllocatedBytesMax, result.AllocatedBytes);
        LongestTime = result.Time > LongestTime ? result.Time : LongestTime;
        return result;
    }
}
