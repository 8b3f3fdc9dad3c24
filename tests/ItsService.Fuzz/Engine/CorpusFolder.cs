using System.IO.Hashing;
using System.Text;

namespace ItsService.Fuzz.Engine;

/// <summary>
/// The files of a target's corpus: an input in each, named after what it is there for. A file whose name begins with
/// "found-" was a bug, and stays.
/// </summary>
internal static class CorpusFolder
{
    private const string FoundPrefix = "found-";
    private const string Extension = ".bin";
    private const int NameLengthMax = 80;

    /// <summary>The inputs in a folder, in the order of their names; none where there is no folder.</summary>
    public static IReadOnlyList<(string Name, byte[] Input)> Read(string folder) => Directory.Exists(folder)
        ?
        [
            .. Directory.GetFiles(folder, "*" + Extension).Order(StringComparer.Ordinal)
                .Select(file => (Path.GetFileName(file), File.ReadAllBytes(file))),
        ]
        : [];

    /// <summary>Puts these in place of what is there, but for what was found.</summary>
    public static void Replace(string folder, IEnumerable<CorpusEntry> entries)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, _) in Read(folder))
        {
            if (!name.StartsWith(FoundPrefix, StringComparison.Ordinal))
            {
                File.Delete(Path.Combine(folder, name));
            }
        }

        foreach (var entry in entries)
        {
            File.WriteAllBytes(Path.Combine(folder, NameOf(entry)), entry.Input);
        }
    }

    private static string NameOf(CorpusEntry entry)
    {
        var words = new StringBuilder();
        foreach (var character in entry.Reason)
        {
            if (char.IsAsciiLetterOrDigit(character))
            {
                words.Append(char.ToLowerInvariant(character));
            }
            else if (words.Length > 0 && words[^1] != '-')
            {
                words.Append('-');
            }
        }

        var name = words.ToString(0, Math.Min(words.Length, NameLengthMax)).Trim('-');
        return $"{name}-{XxHash3.HashToUInt64(entry.Input) >> 40:x6}{Extension}";
    }
}
