using Grpc.Core;

namespace ItsService.Server.Errors;

/// <summary>Everything found wrong with one request, so that its sender can mend all of it at once.</summary>
/// <param name="resource">The resource that the request is about; empty when it names none.</param>
internal sealed class RequestProblems(string resource)
{
    // A refusal travels in trailers, which clients bound at 8 KiB; more problems than this never fit.
    private const int KeptMax = 64;

    private List<Problem>? _kept;

    /// <summary>How many were found, kept or not.</summary>
    public int Count { get; private set; }

    /// <summary>Whether what is found from now on is only counted.</summary>
    public bool IsFull => Count >= KeptMax;

    /// <summary>What was kept of them.</summary>
    public IReadOnlyList<Problem> Kept => _kept ?? [];

    /// <summary>Counts some that nobody has listed.</summary>
    public void AddUnlisted(long count) => Count = (int)Math.Min(Count + count, int.MaxValue);

    /// <summary>Notes one.</summary>
    public void Add(in Problem problem)
    {
        Count++;
        if (Count <= KeptMax)
        {
            (_kept ??= []).Add(problem);
        }
    }

    /// <summary>Notes what was found inside the gate, of which more may be counted than listed.</summary>
    public void AddAll(FoundProblems found)
    {
        foreach (var problem in found.Listed)
        {
            Add(problem);
        }

        AddUnlisted(found.Count - found.Listed.Count);
    }

    /// <summary>Refuses the request if anything is wrong with it.</summary>
    /// <exception cref="RpcException">Something is.</exception>
    public void ThrowIfAny()
    {
        if (_kept is not null)
        {
            throw Refusal.Of(resource, _kept, Count);
        }
    }
}
