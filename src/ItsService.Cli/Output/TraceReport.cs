using System.Globalization;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Output;

/// <summary>A trace as it comes, a line for each event and for each time that some were dropped.</summary>
/// <param name="output">Where to.</param>
/// <param name="printsJson">Whether each line is an object of JSON.</param>
/// <param name="vm">Whose it is.</param>
/// <param name="countMax">The most events.</param>
internal sealed class TraceReport(TextWriter output, bool printsJson, string vm, int countMax)
{
    // The count is one for both reasons: nobody can tell from it which of them it was.
    private const string WhyDropped =
        "this does not read fast enough, and a filter leaves less to read; "
        + "or one entry into the VM had more than 65536";

    private int _count;
    private ulong _dropped;

    /// <summary>Whether the trace has begun.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether there are as many events as there may be.</summary>
    public bool IsFull => _count >= countMax;

    /// <summary>What one message tells.</summary>
    public void Write(TraceResponse news)
    {
        Begin();
        if (news.DroppedCount > 0)
        {
            WriteDropped(news);
        }

        foreach (var traced in news.Events.Take(countMax - _count))
        {
            output.WriteLine(printsJson ? JsonText.OneLine(traced) : Line(traced));
            _count++;
        }

        output.Flush();
    }

    /// <summary>The first line.</summary>
    public void Begin()
    {
        if (!HasBegun && !printsJson)
        {
            output.WriteLine($"tracing {vm}; Ctrl-C ends it");
        }

        HasBegun = true;
    }

    /// <summary>The last line; none where nothing has begun.</summary>
    public void WriteTotals()
    {
        if (!HasBegun)
        {
            return;
        }

        output.WriteLine(printsJson
            ? $"{{ \"event_count\": {_count}, \"dropped_total\": \"{_dropped}\" }}"
            : $"trace: {CountText.Of((ulong)_count, "event")}, {_dropped} dropped");
        output.Flush();
    }

    private void WriteDropped(TraceResponse news)
    {
        _dropped = news.DroppedTotal;
        output.WriteLine(printsJson
            ? JsonText.OneLine(new TraceResponse
            {
                DroppedCount = news.DroppedCount,
                DroppedTotal = news.DroppedTotal,
            })
            : $"--- {CountText.Of(news.DroppedCount, "event")} dropped here, {news.DroppedTotal} in all: {WhyDropped}");
    }

    private static string Line(TraceEvent traced)
    {
        var time = traced.Time.ToDateTime().ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        return $"{time} {"#" + traced.Sequence,-8} {Input.TraceKinds.NameOf(traced.Kind),-11} {TraceText.Of(traced)}";
    }
}
