namespace ItsService.Fuzz.Engine;

/// <summary>The few inputs of a corpus that together do all that the whole does.</summary>
internal static class CorpusCover
{
    /// <summary>Takes the input that adds most, again and again; of several the shortest.</summary>
    public static IReadOnlyList<CorpusEntry> Of(IReadOnlyList<CorpusEntry> corpus)
    {
        var left = corpus.SelectMany(entry => entry.Behaviours).ToHashSet(StringComparer.Ordinal);
        var candidates = corpus.ToList();
        var cover = new List<CorpusEntry>();
        while (left.Count > 0)
        {
            var best = candidates
                .OrderByDescending(entry => entry.Behaviours.Count(left.Contains))
                .ThenBy(entry => entry.Input.Length)
                .First();
            // It is named after the rarest thing that it is there for: the first one is as good as any.
            cover.Add(best with { Reason = best.Behaviours.First(left.Contains) });
            left.ExceptWith(best.Behaviours);
            candidates.Remove(best);
        }

        return cover;
    }
}
