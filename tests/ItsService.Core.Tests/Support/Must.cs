using System.Runtime.CompilerServices;

namespace ItsService.Core.Tests.Support;

/// <summary>Assert.True for tight loops: the message is put together only where the condition does not hold.</summary>
internal static class Must
{
    public static void Hold(
        bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] ref FailureMessage message)
    {
        if (!condition)
        {
            Assert.Fail(message.ToString());
        }
    }

    [InterpolatedStringHandler]
    public ref struct FailureMessage
    {
        private DefaultInterpolatedStringHandler _text;

        public FailureMessage(int literalLength, int formattedCount, bool condition, out bool isWanted)
        {
            isWanted = !condition;
            _text = isWanted ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
        }

        public void AppendLiteral(string value) => _text.AppendLiteral(value);

        public void AppendFormatted<T>(T value, string? format = null) => _text.AppendFormatted(value, format);

        public override string ToString() => _text.ToStringAndClear();
    }
}
