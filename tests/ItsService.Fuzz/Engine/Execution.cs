using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace ItsService.Fuzz.Engine;

/// <summary>What came of one input.</summary>
/// <param name="Behaviours">What it did.</param>
/// <param name="Finding">Why it is a finding, or null.</param>
/// <param name="AllocatedBytes">How much the thread allocated, but for checks of the target's own.</param>
/// <param name="Time">How long it took, in time of the clock and of processors.</param>
internal sealed record ExecutionResult(
    IReadOnlyCollection<string> Behaviours, Finding? Finding, long AllocatedBytes, TimeSpan Time);

/// <summary>Tries inputs of one target on the calling thread, within limits.</summary>
internal sealed class Execution(FuzzTarget target, FuzzLimits limits, CurrentInputFile? current = null)
{
    private volatile byte[]? _current;
    private long _startedAt;

    /// <summary>The input that is being tried for longer than anyone should wait, if there is one.</summary>
    public byte[]? Stuck =>
        _current is { } input && Stopwatch.GetElapsedTime(Volatile.Read(ref _startedAt)) > limits.Patience
            ? input
            : null;

    /// <summary>Tries it, and again when it was slow.</summary>
    public ExecutionResult Run(byte[] input)
    {
        var result = RunOnce(input);
        return result.Finding is { Kind: FindingKind.Hang } ? RunOnce(input) : result;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever comes out of a target is a finding.")]
    private ExecutionResult RunOnce(byte[] input)
    {
        var behaviours = new Behaviours();
        Finding? finding = null;
        current?.Write(input);
        Volatile.Write(ref _startedAt, Stopwatch.GetTimestamp());
        _current = input;
        var cpuBefore = Environment.CpuUsage.TotalTime;
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Run(input, behaviours);
        }
        catch (BrokenPromiseException promise)
        {
            finding = new Finding(target.Name, FindingKind.BrokenPromise, promise.Message, input);
        }
        catch (Exception crash)
        {
            finding = new Finding(target.Name, FindingKind.Crash, $"{Where(crash)}\n{crash}", input);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore - behaviours.CheckBytes;
        var time = Min(Stopwatch.GetElapsedTime(_startedAt), Environment.CpuUsage.TotalTime - cpuBefore);
        _current = null;
        finding ??= OverLimit(input, allocated, time);
        return new ExecutionResult(behaviours.Seen, finding, allocated, time);
    }

    /// <summary>On a busy machine the clock tells of the others: an input takes the smaller of the two.</summary>
    private static TimeSpan Min(TimeSpan elapsed, TimeSpan ofProcessors) =>
        elapsed < ofProcessors ? elapsed : ofProcessors;

    private Finding? OverLimit(byte[] input, long allocated, TimeSpan time)
    {
        var allocatedMax = target.AllocatedBytesMax(input);
        return allocated > allocatedMax
                ? new Finding(
                    target.Name, FindingKind.Memory, $"{allocated} bytes were allocated of {allocatedMax}", input)
            : time > limits.Time
                ? new Finding(
                    target.Name, FindingKind.Hang, $"it took {time.TotalSeconds:F1} s of {limits.Time.TotalSeconds:F1}",
                    input)
            : null;
    }

    /// <summary>The exception and the first method of ours that it came through, without line numbers.</summary>
    private static string Where(Exception crash)
    {
        var frame = new StackTrace(crash).GetFrames().FirstOrDefault(frame =>
            frame.GetMethod()?.DeclaringType?.Namespace?.StartsWith("ItsService", StringComparison.Ordinal) == true);
        var method = frame?.GetMethod();
        return $"{crash.GetType().Name} in {method?.DeclaringType?.Name}.{method?.Name}: {crash.Message}";
    }
}
