namespace ItsService.Server.Accesses;

/// <summary>The valid name that somebody who mistyped one probably meant.</summary>
internal static class NearestName
{
    private const int NameLengthMax = 64;

    /// <summary>
    /// The name with the fewest edits; empty when even that one has nothing to do with <paramref name="name"/>.
    /// </summary>
    public static string Find(string name, IEnumerable<string> validNames)
    {
        if (name.Length is 0 or > NameLengthMax)
        {
            return "";
        }

        var wanted = name.ToUpperInvariant();
        var nearest = "";
        var nearestDistance = Math.Max(2, wanted.Length / 3) + 1;
        foreach (var validName in validNames)
        {
            var distance = Distance(wanted, validName);
            if (distance < nearestDistance)
            {
                (nearest, nearestDistance) = (validName, distance);
            }
        }

        return nearest;
    }

    // Levenshtein's: insertions, deletions and replacements of single characters.
    private static int Distance(string left, string right)
    {
        Span<int> row = stackalloc int[NameLengthMax + 1];
        for (var column = 0; column <= left.Length; column++)
        {
            row[column] = column;
        }

        foreach (var character in right)
        {
            var diagonal = row[0];
            row[0]++;
            for (var column = 1; column <= left.Length; column++)
            {
                var replaced = diagonal + (left[column - 1] == character ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.Min(replaced, 1 + Math.Min(row[column], row[column - 1]));
            }
        }

        return row[left.Length];
    }
}
