using System.Globalization;

namespace ItsService.Differential.Steps;

/// <summary>A part of a sequence: the number of a step, and of a part of it.</summary>
internal readonly record struct StepPart(int Step, int Part);

/// <summary>
/// Some parts of a sequence, as text: <c>0-3,5.2,7.0-9</c> is steps 0 to 3 whole, part 2 of step 5 and parts 0 to 9 of
/// step 7.
/// </summary>
internal static class StepSelection
{
    public static IReadOnlyList<StepPart> All(IReadOnlyList<Step> steps) =>
        [.. steps.SelectMany((step, number) =>
            Enumerable.Range(0, step.PartCount).Select(part => new StepPart(number, part)))];

    /// <summary>The steps with the selected parts alone; those without any are left out.</summary>
    public static IReadOnlyList<(int Number, Step Step)> Apply(
        IReadOnlyList<Step> steps, IReadOnlyList<StepPart> selection) =>
        [.. selection.GroupBy(part => part.Step)
            .OrderBy(group => group.Key)
            .Select(group => (group.Key, Kept(steps[group.Key], group)))];

    public static string Format(IReadOnlyList<Step> steps, IReadOnlyList<StepPart> selection) =>
        string.Join(",", Ranges(steps, selection));

    /// <summary>Reads what <see cref="Format"/> wrote.</summary>
    /// <exception cref="FormatException">It is no such text, or names what the sequence does not have.</exception>
    public static IReadOnlyList<StepPart> Parse(IReadOnlyList<Step> steps, string text)
    {
        var selection = new SortedSet<StepPart>(Comparer<StepPart>.Create(
            (one, other) => (one.Step, one.Part).CompareTo((other.Step, other.Part))));
        foreach (var item in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var dot = item.IndexOf('.', StringComparison.Ordinal);
            var (first, last) = Bounds(dot < 0 ? item : item[..dot], steps.Count - 1, text);
            for (var step = first; step <= last; step++)
            {
                var parts = dot < 0
                    ? (First: 0, Last: steps[step].PartCount - 1)
                    : Bounds(item[(dot + 1)..], steps[step].PartCount - 1, text);
                selection.UnionWith(Enumerable.Range(parts.First, parts.Last - parts.First + 1)
                    .Select(part => new StepPart(step, part)));
            }
        }

        return [.. selection];
    }

    private static Step Kept(Step step, IEnumerable<StepPart> parts)
    {
        int[] kept = [.. parts.Select(part => part.Part).Order()];
        return kept.Length == step.PartCount ? step : step.WithParts(kept);
    }

    private static IEnumerable<string> Ranges(IReadOnlyList<Step> steps, IReadOnlyList<StepPart> selection)
    {
        foreach (var group in selection.GroupBy(part => part.Step).OrderBy(group => group.Key))
        {
            int[] parts = [.. group.Select(part => part.Part).Order()];
            if (parts.Length == steps[group.Key].PartCount)
            {
                yield return $"{group.Key}";
                continue;
            }

            for (var at = 0; at < parts.Length;)
            {
                var begin = at++;
                while (at < parts.Length && parts[at] == parts[at - 1] + 1)
                {
                    at++;
                }

                yield return at - begin == 1
                    ? $"{group.Key}.{parts[begin]}"
                    : $"{group.Key}.{parts[begin]}-{parts[at - 1]}";
            }
        }
    }

    private static (int First, int Last) Bounds(string text, int highest, string whole)
    {
        var ends = text.Split('-');
        if (ends.Length <= 2
            && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && first <= last && last <= highest)
        {
            return (first, last);
        }

        throw new FormatException(
            $"\"{whole}\" names no steps of this sequence: \"{text}\" should be a number or two with '-' between, 0 to "
            + $"{highest}, as in 0-3,5.2,7.0-9.");
    }
}
