using System.Diagnostics.Metrics;
using System.Numerics;
using ItsService.Core.Diagnostics;
using ItsService.Core.Identifiers;
using ItsService.Core.Translation;

namespace ItsService.Server.Telemetry;

/// <summary>
/// What is measured of one VM. The clock is read once before and once after the messages of an entry, however many they
/// are, and each outcome that they had is one measurement: it tells how long the last of them took. Where nobody
/// listens the clock is not read at all.
/// </summary>
/// <param name="vm">"vms/{vm}".</param>
/// <param name="instruments">Where measurements go.</param>
/// <param name="isNamed">Whether the VM is named in them.</param>
/// <param name="counters">The controller's.</param>
internal sealed class VmTelemetry(string vm, Instruments instruments, bool isNamed, GicCounters counters)
{
    /// <summary>Memory that could not be accessed.</summary>
    public const string MemoryFailed = "failed";

    /// <summary>Memory for which nobody has answered in time.</summary>
    public const string MemoryNotAnswered = "not_answered";

    private static readonly KeyValuePair<string, object?>[] Paths =
        [.. Enum.GetValues<InjectionPath>().Select(path => Tags.Of(Tags.Path, Tags.Name(path)))];

    private static readonly KeyValuePair<string, object?>[] Outcomes =
        [.. Enum.GetValues<MsiOutcome>().Select(one => Tags.Of(Tags.Outcome, Tags.NameOf(one)))];

    private static readonly KeyValuePair<string, object?>[] Backends =
        [.. Enum.GetValues<MemoryBackend>().Select(one => Tags.Of(Tags.Backend, Tags.Name(one)))];

    private static readonly KeyValuePair<string, object?>[] Actions =
        [.. Enum.GetValues<MemoryAction>().Select(one => Tags.Of(Tags.Operation, Tags.Name(one)))];

    private readonly KeyValuePair<string, object?> _name = Tags.Of(Tags.Vm, vm);
    private readonly AcknowledgeSamples _samples = new(counters);
    private int _heldStreamCount;

    /// <summary>How long messages took to be pending.</summary>
    public LatencyCounts Injections { get; } = new();

    /// <summary>How long it took until they were acknowledged.</summary>
    public LatencyCounts Acknowledges { get; } = new();

    /// <summary>How many streams of messages go no further until their clients have read answers.</summary>
    public int HeldStreamCount => Volatile.Read(ref _heldStreamCount);

    /// <summary>Before messages are sent; 0 where nobody listens.</summary>
    public long BeginInjection() => instruments.NowFor(instruments.InjectionDuration);

    /// <summary>Messages have been sent.</summary>
    /// <param name="path">How they came.</param>
    /// <param name="tally">What became of them.</param>
    /// <param name="arrivedAt">When they had been read.</param>
    /// <param name="beganAt">What <see cref="BeginInjection"/> said.</param>
    public void EndInjection(InjectionPath path, in InjectionTally tally, long arrivedAt, long beganAt)
    {
        if (beganAt == 0 || tally.Outcomes == 0)
        {
            return;
        }

        var endedAt = instruments.Now();
        var seconds = instruments.SecondsBetween(beganAt, endedAt);
        Injections.Add(seconds);
        for (var outcomes = tally.Outcomes; outcomes != 0; outcomes &= outcomes - 1)
        {
            Record(
                instruments.InjectionDuration, seconds, Paths[(int)path],
                Outcomes[BitOperations.TrailingZeroCount(outcomes)]);
        }

        if (arrivedAt != 0)
        {
            Record(
                instruments.InjectionQueueDuration, instruments.SecondsBetween(arrivedAt, beganAt), Paths[(int)path]);
        }

        if (tally.LastPended.IsLpi)
        {
            _samples.Note(tally.LastPended, endedAt, instruments.TimestampsPerSecond);
        }
    }

    /// <summary>A vCPU has read an acknowledge register.</summary>
    public void NoteAcknowledged(IntId intId)
    {
        if (intId.IsLpi && _samples.Take(intId) is not 0 and var pendedAt)
        {
            var seconds = instruments.SecondsSince(pendedAt);
            Acknowledges.Add(seconds);
            Record(instruments.AcknowledgeDuration, seconds);
        }
    }

    /// <summary>Before an access to memory; 0 where nobody listens.</summary>
    public long BeginMemory() => instruments.NowFor(instruments.MemoryDuration);

    /// <summary>Memory has been accessed, or has not answered.</summary>
    public void EndMemory(MemoryBackend of, MemoryAction action, long beganAt, string? error = null)
    {
        if (beganAt == 0)
        {
            return;
        }

        var seconds = instruments.SecondsSince(beganAt);
        var backend = Backends[(int)of];
        var operation = Actions[(int)action];
        if (error is null)
        {
            Record(instruments.MemoryDuration, seconds, backend, operation);
        }
        else
        {
            Record(
                instruments.MemoryDuration, seconds, backend, operation, Tags.Of(Tags.Error, error));
        }
    }

    /// <summary>A stream of messages goes no further until its client has read answers.</summary>
    public void BeginHold()
    {
        Interlocked.Increment(ref _heldStreamCount);
        Count(instruments.Holds);
    }

    /// <summary>It goes on, or has ended.</summary>
    public void EndHold() => Interlocked.Decrement(ref _heldStreamCount);

    /// <summary>A VMM has attached.</summary>
    public void NoteAttached() => Count(instruments.Sessions);

    private void Record(
        Histogram<double> histogram, double value, params ReadOnlySpan<KeyValuePair<string, object?>> attributes)
    {
        if (isNamed)
        {
            histogram.Record(value, [.. attributes, _name]);
        }
        else
        {
            histogram.Record(value, attributes);
        }
    }

    private void Count(Counter<long> counter)
    {
        if (isNamed)
        {
            counter.Add(1, _name);
        }
        else
        {
            counter.Add(1);
        }
    }
}
