using System.Buffers;
using System.Net.Sockets;
using System.Text;

namespace ItsService.Qtest;

/// <summary>
/// The qtest protocol: one line of text for each request, one for each answer, in order. Scripts are pipelined.
/// </summary>
public sealed class QtestConnection : IDisposable
{
    private const int AnswerTimeoutMs = 60_000;

    private readonly Socket _socket;
    private readonly ArrayBufferWriter<byte> _text = new();
    private byte[] _received = new byte[1 << 16];
    private int _receivedStart;
    private int _receivedEnd;

    internal QtestConnection(Socket socket)
    {
        _socket = socket;
        _socket.ReceiveTimeout = AnswerTimeoutMs;
        _socket.SendTimeout = AnswerTimeoutMs;
    }

    /// <summary>Sends the requests and waits for all answers.</summary>
    /// <exception cref="QtestException">QEMU has gone, or did not understand one of them.</exception>
    public QtestAnswers Run(QtestScript script)
    {
        ArgumentNullException.ThrowIfNull(script);
        try
        {
            // The answers are read meanwhile: QEMU reads no further while nobody takes what it has answered.
            var sending = SendAsync(script.Lines);
            var answers = ReadAnswers(script.Count);
            sending.GetAwaiter().GetResult();
            return answers;
        }
        catch (SocketException problem)
        {
            throw new QtestException($"QEMU does not answer: {problem.Message}", problem);
        }
    }

    /// <summary>Closes the connection; QEMU ends.</summary>
    public void Dispose() => _socket.Dispose();

    private async Task SendAsync(ReadOnlyMemory<byte> lines)
    {
        while (lines.Length > 0)
        {
            lines = lines[await _socket.SendAsync(lines).ConfigureAwait(false)..];
        }
    }

    private QtestAnswers ReadAnswers(int count)
    {
        _text.ResetWrittenCount();
        var answers = new List<Range>(count);
        string? refusal = null;
        while (answers.Count < count)
        {
            var line = NextLine();
            if (line.StartsWith("IRQ "u8))
            {
                continue; // Lines of intercepted interrupts come between the answers.
            }

            refusal ??= line.StartsWith("OK"u8) ? null : Encoding.UTF8.GetString(line);
            var answer = line.Length > 3 ? line[3..] : default;
            var start = _text.WrittenCount;
            _text.Write(answer);
            answers.Add(start.._text.WrittenCount);
        }

        return refusal is null
            ? new QtestAnswers(_text.WrittenSpan.ToArray(), answers)
            : throw new QtestException($"QEMU refuses a request: {refusal}");
    }

    /// <summary>The next line without its end. It is good until the next call.</summary>
    private ReadOnlySpan<byte> NextLine()
    {
        var searched = 0;
        while (true)
        {
            var unread = _received.AsSpan(_receivedStart.._receivedEnd);
            var length = unread[searched..].IndexOf((byte)'\n');
            if (length >= 0)
            {
                length += searched;
                _receivedStart += length + 1;
                return unread[..length];
            }

            searched = unread.Length;
            ReceiveMore();
        }
    }

    private void ReceiveMore()
    {
        var unread = _received.AsSpan(_receivedStart.._receivedEnd);
        if (unread.Length > _received.Length / 2)
        {
            var larger = new byte[_received.Length * 2];
            unread.CopyTo(larger);
            _received = larger;
        }
        else
        {
            unread.CopyTo(_received);
        }

        (_receivedStart, _receivedEnd) = (0, unread.Length);
        var received = _socket.Receive(_received.AsSpan(_receivedEnd));
        _receivedEnd += received > 0 ? received : throw new QtestException("QEMU has closed the connection");
    }
}
