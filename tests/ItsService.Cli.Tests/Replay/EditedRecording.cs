namespace ItsService.Cli.Tests.Replay;

/// <summary>A real recording that is altered before it is replayed.</summary>
internal sealed class EditedRecording(string name)
{
    private readonly List<string> _lines = [.. Recordings.Lines(name)];

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>The number of the first line that begins so, behind the mark.</summary>
    public int Find(string mark, string beginning)
    {
        var start = _lines.IndexOf($"MARK {mark}");
        Assert.True(start >= 0, $"no MARK {mark}");
        return FindFrom(start + 1, beginning);
    }

    /// <summary>The number of the first line that begins so, at this line or behind it.</summary>
    public int FindFrom(int number, string beginning)
    {
        var index = _lines.FindIndex(number - 1, line => line.StartsWith(beginning, StringComparison.Ordinal));
        Assert.True(index >= 0, $"no line behind line {number} begins with {beginning}");
        return index + 1;
    }

    /// <summary>The last MARK before a line.</summary>
    public string PhaseOf(int number) =>
        _lines.Take(number).Last(line => line.StartsWith("MARK ", StringComparison.Ordinal))["MARK ".Length..];

    public void Replace(int number, string before, string after)
    {
        Assert.Contains(before, _lines[number - 1], StringComparison.Ordinal);
        _lines[number - 1] = _lines[number - 1].Replace(before, after, StringComparison.Ordinal);
    }

    public void Remove(int number) => _lines.RemoveAt(number - 1);

    public void CutAfter(int number) => _lines.RemoveRange(number, _lines.Count - number);

    /// <summary>The last line of its replay when so much of it differs.</summary>
    public string Summary(int mismatches) =>
        $"replay: {Count("R")} reads, {Count("CMD")} commands, {Count("MSI")} msis, {Count("ACK")} acks, "
        + $"{Count("HPPI")} hppis: {mismatches} mismatches, {Count("RBAD")} not compared";

    public byte[] ToGzip()
    {
        using var compressed = RecordingText.Gzip(string.Join('\n', _lines) + '\n');
        return compressed.ToArray();
    }

    private int Count(string kind) => _lines.Count(line => line.StartsWith($"{kind} ", StringComparison.Ordinal));
}
