using ItsService.Core.State;
using ItsService.Server.State;

namespace ItsService.Fuzz.Oracles;

/// <summary>Compares states by what is saved of them.</summary>
internal static class StateComparison
{
    private const int ShownLength = 120;

    /// <summary>Where two states differ, or null.</summary>
    public static string? Difference(GicState expected, GicState actual)
    {
        var (left, right) = (ToMessage(expected), ToMessage(actual));
        if (left.Equals(right))
        {
            return null;
        }

        var (leftText, rightText) = (left.ToString(), right.ToString());
        var at = 0;
        while (at < Math.Min(leftText.Length, rightText.Length) && leftText[at] == rightText[at])
        {
            at++;
        }

        return $"...{Around(leftText, at)}... was ...{Around(rightText, at)}...";
    }

    /// <summary>A state as the message that is saved, without a shape.</summary>
    public static V1.SavedState ToMessage(GicState state) => StateToWire.Of(state, new V1.SavedShape());

    private static string Around(string text, int at)
    {
        var from = Math.Max(0, at - (ShownLength / 2));
        return text.Substring(from, Math.Min(ShownLength, text.Length - from));
    }
}
