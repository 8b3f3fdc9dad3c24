namespace ItsService.Core.Tests.Userspace;

/// <summary>All orders of a few things.</summary>
internal static class Permutations
{
    /// <summary>Each is an array of its own.</summary>
    public static IEnumerable<T[]> Of<T>(IReadOnlyList<T> things)
    {
        if (things.Count == 0)
        {
            yield return [];
            yield break;
        }

        for (var first = 0; first < things.Count; first++)
        {
            var rest = things.Where((_, index) => index != first).ToArray();
            foreach (var order in Of(rest))
            {
                yield return [things[first], .. order];
            }
        }
    }
}
