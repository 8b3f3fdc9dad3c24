using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ItsService.Qtest;

/// <summary>The answers to one script.</summary>
public sealed class QtestAnswers
{
    private readonly byte[] _text;
    private readonly List<Range> _answers;

    /// <param name="text">What came back: the lines without their "OK ".</param>
    /// <param name="answers">Where in it each request's answer is.</param>
    internal QtestAnswers(byte[] text, List<Range> answers)
    {
        _text = text;
        _answers = answers;
    }

    /// <summary>What a register held.</summary>
    public ulong this[QtestValue read]
    {
        get
        {
            var answer = Answer(read.Place);
            return answer.StartsWith("0x"u8)
                && ulong.TryParse(
                    answer[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw new QtestException($"QEMU answers '{Encoding.ASCII.GetString(answer)}' to a register's read");
        }
    }

    /// <summary>What memory held.</summary>
    public byte[] this[QtestBytes read]
    {
        get
        {
            var answer = Answer(read.Place);
            var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(answer.Length)];
            return Base64.DecodeFromUtf8(answer, bytes, out _, out var length) == System.Buffers.OperationStatus.Done
                ? bytes[..length]
                : throw new QtestException("QEMU answers a read of memory with what is no base64");
        }
    }

    private ReadOnlySpan<byte> Answer(int place) => _text.AsSpan(_answers[place]);
}
