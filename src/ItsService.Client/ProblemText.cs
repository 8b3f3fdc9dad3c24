using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>The words for what a service refused.</summary>
internal static class ProblemText
{
    /// <summary>The service's sentence; what a single problem adds to it stands behind it in parentheses.</summary>
    public static string Summarize(string detail, IReadOnlyList<ErrorDetail> problems)
    {
        if (problems.Count != 1)
        {
            return detail;
        }

        var additions = Parts(problems[0]).Where(part => !part.Words.All(detail.Contains)).Select(part => part.Text);
        var addition = string.Join(", ", additions);
        return addition.Length == 0 ? detail : $"{detail} ({addition})";
    }

    /// <summary>A problem by itself: "spec.vcpus: 0 vCPUs (accepts 1..512)".</summary>
    public static string Describe(ErrorDetail problem)
    {
        var sentence = problem.Message.Length > 0 ? problem.Message : ReasonWords(problem.Reason);
        var text = problem.Field.Length > 0 && !sentence.Contains(problem.Field, StringComparison.Ordinal)
            ? $"{problem.Field}: {sentence}"
            : sentence;
        return Summarize(text, [problem]);
    }

    private static IEnumerable<(string Text, string[] Words)> Parts(ErrorDetail problem)
    {
        if (problem.Field.Length > 0)
        {
            yield return (problem.Field, [problem.Field]);
        }

        if (problem.Accepted.Length > 0)
        {
            yield return ($"accepts {problem.Accepted}", [problem.Accepted]);
        }

        if (problem.Suggestion.Length > 0)
        {
            yield return ($"did you mean {problem.Suggestion}?", [problem.Suggestion]);
        }
    }

    /// <summary>OutOfRange → "out of range".</summary>
    private static string ReasonWords(ErrorReason reason) =>
        string.Concat(reason.ToString().Select((letter, place) =>
            char.IsUpper(letter) && place > 0
                ? $" {char.ToLowerInvariant(letter)}"
                : $"{char.ToLowerInvariant(letter)}"));
}
