namespace ItsService.Core.State.Validation;

/// <summary>
/// What is wrong with a state. A hostile one could be wrong in a million places: so many are listed, and the rest is
/// counted.
/// </summary>
internal sealed class ProblemList
{
    /// <summary>How many are listed at most, the last of which tells how many more there are.</summary>
    public const int ListedMax = 100;

    private readonly List<StateProblem> _listed = [];
    private int _unlistedCount;

    /// <summary>Whether nothing is wrong so far.</summary>
    public bool IsEmpty => _listed.Count == 0;

    public void Add(string path, string message)
    {
        if (_listed.Count < ListedMax - 1)
        {
            _listed.Add(new StateProblem(path, message));
        }
        else
        {
            _unlistedCount++;
        }
    }

    public void AddUnless(bool isRight, string path, string message)
    {
        if (!isRight)
        {
            Add(path, message);
        }
    }

    public IReadOnlyList<StateProblem> ToList() => _unlistedCount == 0
        ? _listed
        : [.. _listed, Unlisted()];

    private StateProblem Unlisted() =>
        new("state", $"{_unlistedCount} more problems are not listed") { UnlistedCount = _unlistedCount };
}
