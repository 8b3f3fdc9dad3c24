namespace ItsService.Fuzz.Engine;

/// <summary>
/// What an input did, in the target's own words: how it was refused, which errors its commands had. Numbers in the
/// words do not count, so that "device 0x12" and "device 7" are the same behaviour. It is what guides the fuzzer: an
/// input that does something new is kept and changed further.
/// </summary>
internal sealed class Behaviours
{
    private readonly SortedSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>All of them, in order.</summary>
    public IReadOnlyCollection<string> Seen => _seen;

    /// <summary>What the target has allocated for checks of its own, which is not the service's.</summary>
    public long CheckBytes { get; private set; }

    /// <summary>Makes a check whose memory does not count.</summary>
    public T Check<T>(Func<T> check)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = check();
        CheckBytes += GC.GetAllocatedBytesForCurrentThread() - before;
        return result;
    }

    /// <summary>Notes one.</summary>
    public void Note(string behaviour) => _seen.Add(Normalized(behaviour));

    /// <summary>The words with "#" for each number, be it decimal or behind "0x".</summary>
    public static string Normalized(string text)
    {
        var length = 0;
        Span<char> result = text.Length <= 512 ? stackalloc char[text.Length] : new char[text.Length];
        for (var index = 0; index < text.Length; index++)
        {
            if (!char.IsAsciiDigit(text[index]) || IsPartOfName(text, index))
            {
                result[length++] = text[index];
                continue;
            }

            result[length++] = '#';
            var isHex = index + 1 < text.Length && text[index] == '0' && text[index + 1] == 'x';
            index += isHex ? 1 : 0;
            while (index + 1 < text.Length
                && (isHex ? char.IsAsciiHexDigit(text[index + 1]) : char.IsAsciiDigit(text[index + 1])))
            {
                index++;
            }
        }

        return new string(result[..length]);
    }

    /// <summary>A digit behind a letter belongs to a register's name: GITS_BASER1 is not GITS_BASER0.</summary>
    private static bool IsPartOfName(string text, int index) =>
        index > 0 && (char.IsAsciiLetter(text[index - 1]) || text[index - 1] == '_');
}
