using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ItsService.Qtest;

/// <summary>Stands for the value that a register read will give.</summary>
/// <param name="Place">The request's place in its script.</param>
public readonly record struct QtestValue(int Place);

/// <summary>Stands for the bytes that a read of memory will give.</summary>
/// <param name="Place">The request's place in its script.</param>
public readonly record struct QtestBytes(int Place);

/// <summary>
/// Requests to send in one go: one line of text each, answered in order. A script can be sent again and again.
/// </summary>
public sealed class QtestScript
{
    private readonly ArrayBufferWriter<byte> _lines = new();

    /// <summary>How many requests it has.</summary>
    public int Count { get; private set; }

    internal ReadOnlyMemory<byte> Lines => _lines.WrittenMemory;

    /// <summary>Forgets all requests, and keeps the memory.</summary>
    public void Clear()
    {
        _lines.ResetWrittenCount();
        Count = 0;
    }

    /// <summary>Reads 1, 2, 4 or 8 bytes of a device or of RAM.</summary>
    public QtestValue Read(ulong address, int sizeBytes)
    {
        Line($"read{Width(sizeBytes)} 0x{address:x}");
        return new QtestValue(Count++);
    }

    /// <summary>Writes 1, 2, 4 or 8 bytes to a device or to RAM.</summary>
    public void Write(ulong address, int sizeBytes, ulong value)
    {
        Line($"write{Width(sizeBytes)} 0x{address:x} 0x{value:x}");
        Count++;
    }

    /// <summary>Reads RAM.</summary>
    public QtestBytes ReadMemory(ulong address, int lengthBytes)
    {
        Line($"b64read 0x{address:x} 0x{lengthBytes:x}");
        return new QtestBytes(Count++);
    }

    /// <summary>Writes RAM.</summary>
    public void WriteMemory(ulong address, ReadOnlySpan<byte> bytes)
    {
        Append($"b64write 0x{address:x} 0x{bytes.Length:x} ");
        var text = _lines.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        Base64.EncodeToUtf8(bytes, text, out _, out var written);
        _lines.Advance(written);
        Line($"");
        Count++;
    }

    /// <summary>Fills RAM with one byte value.</summary>
    public void FillMemory(ulong address, ulong lengthBytes, byte value)
    {
        Line($"memset 0x{address:x} 0x{lengthBytes:x} 0x{value:x}");
        Count++;
    }

    /// <summary>Sets an input line of a device.</summary>
    public void SetLine(string devicePath, string lineName, int number, bool level)
    {
        Line($"set_irq_in {devicePath} {lineName} {number} {(level ? 1 : 0)}");
        Count++;
    }

    private static char Width(int sizeBytes) => sizeBytes switch
    {
        1 => 'b',
        2 => 'w',
        4 => 'l',
        8 => 'q',
        _ => throw new ArgumentOutOfRangeException(nameof(sizeBytes), sizeBytes, "1, 2, 4 or 8"),
    };

    private void Line(FormattableString text)
    {
        Append(text);
        _lines.Write("\n"u8);
    }

    private void Append(FormattableString text) =>
        Encoding.ASCII.GetBytes(text.ToString(CultureInfo.InvariantCulture), _lines);
}
