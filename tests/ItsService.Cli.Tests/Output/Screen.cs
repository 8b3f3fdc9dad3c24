using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ItsService.Cli.Tests.Output;

/// <summary>What is to be seen on a terminal to which this was written, as far as a table that moves needs.</summary>
internal sealed partial class Screen
{
    private readonly List<StringBuilder> _lines = [new()];
    private int _row;
    private int _column;

    public Screen(string written)
    {
        foreach (Match part in Parts().Matches(written))
        {
            if (part.Value[0] == '\x1b')
            {
                Obey(part.Groups[2].Value, part.Groups[1].Value);
            }
            else
            {
                Put(part.Value[0]);
            }
        }
    }

    public IReadOnlyList<string> Lines => [.. _lines.Select(line => line.ToString())];

    private void Obey(string command, string argument)
    {
        switch (command)
        {
            case "A":
                _row -= argument.Length == 0 ? 1 : int.Parse(argument, CultureInfo.InvariantCulture);
                Assert.True(_row >= 0);
                break;
            case "K":
                Assert.Equal("2", argument);
                _lines[_row].Clear();
                break;
            default:
                // The cursor is hidden meanwhile.
                Assert.Contains($"{argument}{command}", new[] { "?25l", "?25h" });
                break;
        }
    }

    private void Put(char letter)
    {
        switch (letter)
        {
            case '\r':
                _column = 0;
                break;
            case '\n':
                (_row, _column) = (_row + 1, 0);
                if (_row == _lines.Count)
                {
                    _lines.Add(new StringBuilder());
                }

                break;
            default:
                var line = _lines[_row];
                line.Append(' ', Math.Max(0, _column + 1 - line.Length));
                line[_column++] = letter;
                break;
        }
    }

    [GeneratedRegex(@"\x1b\[([?0-9;]*)([A-Za-z])|[\s\S]")]
    private static partial Regex Parts();
}
