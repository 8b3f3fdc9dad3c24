using System.Runtime.CompilerServices;

namespace ItsService.Core.GuestTables;

/// <summary>
/// A path or a message of a problem, put together only where the problem is listed: a guest can make millions of them.
/// </summary>
[InterpolatedStringHandler]
internal ref struct ProblemText
{
    private DefaultInterpolatedStringHandler _text;

    public ProblemText(int literalLength, int formattedCount, RestoreProblems problems, out bool isWanted)
    {
        isWanted = problems.HasRoom;
        _text = isWanted
            ? new DefaultInterpolatedStringHandler(literalLength, formattedCount)
            : default;
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value, string? format = null) => _text.AppendFormatted(value, format);

    public string ToStringAndClear() => _text.ToStringAndClear();
}
