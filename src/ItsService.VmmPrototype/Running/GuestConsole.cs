using System.Globalization;
using System.Text;

namespace ItsService.VmmPrototype.Running;

/// <summary>
/// What the guest sends on its UART: handed on byte by byte, and read for what our scripts and a kernel in trouble
/// say.
/// </summary>
internal sealed class GuestConsole(Action<byte> handOn)
{
    private const string BadBlocksMark = "@@ bad blocks: ";
    private const string ComplaintsMark = "@@ kernel complaints: ";
    private const string PanicMark = "Kernel panic";
    private const int LineLengthMax = 1024;

    private readonly StringBuilder _line = new();

    public int? BadBlocks { get; private set; }

    public int? KernelComplaints { get; private set; }

    public bool HasPanicked { get; private set; }

    /// <summary>Takes each line when it has ended.</summary>
    public Action<string> LineEnded { get; set; } = _ => { };

    public void Receive(byte value)
    {
        handOn(value);
        if (value == '\n')
        {
            Judge(_line.ToString());
            LineEnded(_line.ToString());
            _line.Clear();
        }
        else if (_line.Length < LineLengthMax)
        {
            _line.Append((char)value);
        }
    }

    private void Judge(string line)
    {
        BadBlocks = NumberBehind(BadBlocksMark, line) ?? BadBlocks;
        KernelComplaints = NumberBehind(ComplaintsMark, line) ?? KernelComplaints;
        HasPanicked |= line.Contains(PanicMark, StringComparison.Ordinal);
    }

    private static int? NumberBehind(string mark, string line)
    {
        var place = line.IndexOf(mark, StringComparison.Ordinal);
        return place < 0 ? null
            : int.TryParse(line.AsSpan(place + mark.Length), CultureInfo.InvariantCulture, out var number) ? number
            : null;
    }
}
