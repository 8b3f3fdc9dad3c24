namespace ItsService.Server.Errors;

/// <summary>One thing that is wrong with a request.</summary>
/// <param name="Reason">What is wrong, for a program.</param>
/// <param name="Field">The path of the request's field; empty when no single one is wrong.</param>
/// <param name="Text">What is wrong, for a person, without the field's name.</param>
internal readonly record struct Problem(V1.ErrorReason Reason, string Field, string Text)
{
    // What goes on for longer is cut: a refusal must travel in the headers that every client takes.
    private const int TextLengthMax = 512;

    /// <summary>What the field accepts; empty when that does not apply.</summary>
    public string Accepted { get; init; } = "";

    /// <summary>The nearest valid spelling; empty when nothing is near.</summary>
    public string Suggestion { get; init; } = "";

    /// <summary>The resource concerned; null for the one that the whole request is about.</summary>
    public string? Resource { get; init; }

    /// <summary>The errno with which KVM refuses the same; null when it has no counterpart.</summary>
    public uint? Errno { get; init; }

    /// <summary>As in "spec.vcpus: 0 vCPUs; accepted: 1..512".</summary>
    public override string ToString()
    {
        var field = Field.Length == 0 ? "" : $"{Field}: ";
        var accepted = Accepted.Length == 0 ? "" : $"; accepted: {Accepted}";
        var suggestion = Suggestion.Length == 0 ? "" : $"; did you mean {Suggestion}?";
        return $"{field}{Text}{accepted}{suggestion}";
    }

    /// <summary>As much of a text as fits.</summary>
    public static string Shortened(string text, int lengthMax)
    {
        const string Cut = "...";
        return text.Length <= lengthMax ? text : $"{text.AsSpan(0, lengthMax - Cut.Length)}{Cut}";
    }

    /// <summary>The typed detail on the wire.</summary>
    /// <param name="resourceOfRequest">What the whole request is about.</param>
    /// <param name="foundCount">How many problems there are in all.</param>
    public V1.ErrorDetail ToDetail(string resourceOfRequest, int foundCount)
    {
        var detail = new V1.ErrorDetail
        {
            Domain = "its.v1",
            Reason = Reason,
            Resource = Resource ?? resourceOfRequest,
            Field = Field,
            Accepted = Shortened(Accepted, TextLengthMax),
            Suggestion = Suggestion,
            Message = Shortened(Text, TextLengthMax),
            FoundCount = foundCount > 1 ? (uint)foundCount : 0,
        };
        if (Errno is { } errno)
        {
            detail.KvmErrno = errno;
        }

        return detail;
    }
}
