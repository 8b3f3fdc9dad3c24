using System.Diagnostics.CodeAnalysis;

namespace ItsService.Core.Registers;

/// <summary>
/// The registers of one frame as rows of data. Dispatch, descriptions and the generic tests all read the same rows.
/// </summary>
public sealed class RegisterMap
{
    private const int WordBytes = 4;

    /// <summary>For each word of the frame: the number of its row plus one, or 0 where nothing is.</summary>
    private readonly byte[] _rowOfWord;
    private readonly RegisterRow[] _rows;

    /// <param name="frameSizeBytes">The size of the frame.</param>
    /// <param name="rows">Its registers. An overlap is an error in the rows and throws.</param>
    public RegisterMap(int frameSizeBytes, IEnumerable<RegisterRow> rows)
    {
        _rows = [.. rows];
        _rowOfWord = new byte[frameSizeBytes / WordBytes];
        for (var number = 0; number < _rows.Length; number++)
        {
            var row = _rows[number];
            for (var offset = row.Offset; offset < row.Offset + (row.Count * row.WidthBytes); offset += WordBytes)
            {
                if (_rowOfWord[offset / WordBytes] != 0)
                {
                    throw new ArgumentException($"{row.Name} overlaps another register at 0x{offset:X}.", nameof(rows));
                }

                _rowOfWord[offset / WordBytes] = checked((byte)(number + 1));
            }
        }
    }

    /// <summary>The rows, as given.</summary>
    public IReadOnlyList<RegisterRow> Rows => _rows;

    /// <summary>Whether <paramref name="offset"/> is inside a register, whatever the size of the access.</summary>
    public bool Exists(int offset) => RowAt(offset) is not null;

    /// <summary>
    /// Finds the register that an access means. False where there is none or the access is not legal there: such an
    /// access completes, reads zero and is otherwise ignored (gits-registers 2.1).
    /// </summary>
    internal bool TryDecode(int offset, int sizeBytes, out DecodedAccess access)
    {
        access = default;
        if (RowAt(offset) is not { } row || !row.IsLegalSize(sizeBytes) || (offset & (sizeBytes - 1)) != 0)
        {
            return false;
        }

        var byteInArray = offset - row.Offset;
        access = new DecodedAccess(row, byteInArray / row.WidthBytes, byteInArray % row.WidthBytes, sizeBytes);
        return true;
    }

    /// <summary>Finds the register that begins at <paramref name="offset"/>.</summary>
    internal bool TryFind(int offset, [NotNullWhen(true)] out RegisterRow? row, out int index)
    {
        row = RowAt(offset);
        index = row is null ? 0 : (offset - row.Offset) / row.WidthBytes;
        return row is not null && (offset - row.Offset) % row.WidthBytes == 0;
    }

    /// <summary>Finds the register that has a word at <paramref name="offset"/>.</summary>
    internal bool TryFindWord(int offset, [NotNullWhen(true)] out RegisterRow? row)
    {
        row = RowAt(offset);
        return row is not null;
    }

    private RegisterRow? RowAt(int offset)
    {
        var word = offset / WordBytes;
        return (uint)word < (uint)_rowOfWord.Length && _rowOfWord[word] is not 0 and var number
            ? _rows[number - 1]
            : null;
    }
}
