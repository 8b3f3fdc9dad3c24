namespace ItsService.Differential.Shrinking;

/// <summary>Finds a small part of a list that still fails, by leaving out ever smaller pieces.</summary>
internal static class DeltaDebugging
{
    /// <param name="items">A list that fails.</param>
    /// <param name="failsAsync">Whether a part of it fails as well.</param>
    /// <param name="maySearchOn">False ends the search: the smallest part found so far is taken.</param>
    public static async Task<IReadOnlyList<T>> ShrinkAsync<T>(
        IReadOnlyList<T> items, Func<IReadOnlyList<T>, Task<bool>> failsAsync, Func<bool> maySearchOn)
    {
        for (var pieceSize = (items.Count + 1) / 2; pieceSize > 0; pieceSize /= 2)
        {
            bool hasShrunk;
            do
            {
                hasShrunk = false;
                // The end of a sequence is left out most easily.
                for (var end = items.Count; end > 0 && maySearchOn(); end -= pieceSize)
                {
                    var begin = Math.Max(0, end - pieceSize);
                    T[] without = [.. items.Take(begin), .. items.Skip(end)];
                    if (await failsAsync(without))
                    {
                        items = without;
                        hasShrunk = true;
                    }
                }
            }
            while (hasShrunk && pieceSize == 1 && maySearchOn());
        }

        return items;
    }
}
