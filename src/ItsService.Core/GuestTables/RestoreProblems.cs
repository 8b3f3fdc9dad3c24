using System.Runtime.CompilerServices;

namespace ItsService.Core.GuestTables;

/// <summary>What is wrong with tables: so many are listed, and the rest is counted.</summary>
internal sealed class RestoreProblems
{
    private const int ListedMax = 100;

    private readonly List<RestoreProblem> _listed = [];
    private long _unlistedCount;

    public bool IsEmpty => _listed.Count == 0;

    /// <summary>Whether the next one is listed.</summary>
    public bool HasRoom => _listed.Count < ListedMax - 1;

    public void Add(
        RestoreProblemKind kind,
        [InterpolatedStringHandlerArgument("")] ref ProblemText path,
        [InterpolatedStringHandlerArgument("")] ref ProblemText message)
    {
        if (HasRoom)
        {
            Add(kind, path.ToStringAndClear(), message.ToStringAndClear());
        }
        else
        {
            _unlistedCount++;
        }
    }

    public void Add(RestoreProblemKind kind, string path, string message)
    {
        if (HasRoom)
        {
            _listed.Add(new RestoreProblem(kind, path, message));
        }
        else
        {
            _unlistedCount++;
        }
    }

    public IReadOnlyList<RestoreProblem> ToList() => _unlistedCount == 0
        ? _listed
        : [.. _listed, Unlisted()];

    private RestoreProblem Unlisted() =>
        new(_listed[^1].Kind, "all", $"{_unlistedCount} more problems are not listed")
        {
            UnlistedCount = _unlistedCount,
        };
}
