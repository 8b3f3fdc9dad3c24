using System.Diagnostics;
using ItsService.Benchmarks.Core;
using ItsService.Benchmarks.Reporting;
using ItsService.Core;
using ItsService.Core.Memory;
using ItsService.Core.State;
using ItsService.Server.Errors;
using ItsService.Server.State;

namespace ItsService.Benchmarks.State;

/// <summary>
/// How long a save and a restore take, from the controller to bytes and back, without the way through gRPC: taking the
/// state inside the gate, making the message, its bytes and their checksum; and all of that backwards into a new
/// controller, with everything judged.
/// </summary>
internal static class StateFigures
{
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(1.5);

    public static IEnumerable<Figure> Measure(RunPlan plan) =>
    [
        .. Measure(plan, "state.64k", intIdBits: 17, deviceCount: 1, samples: plan.IsQuick ? 15 : 51),
        .. Measure(plan, "state.1m", intIdBits: 21, deviceCount: 16, samples: plan.IsQuick ? 7 : 15),
    ];

    private static IEnumerable<Figure> Measure(
        RunPlan plan, string key, int intIdBits, int deviceCount, int samples)
    {
        if (!plan.Wants($"{key}."))
        {
            yield break;
        }

        var guest = new BenchmarkGuest(intIdBits);
        guest.Map(deviceCount, eventsPerDevice: 65_536);
        guest.Gic.Pause();
        yield return Sampled($"{key}.save", samples, prepare: () => { }, () => Save(guest.Gic, guest).Dispose());
        yield return Sampled($"{key}.save.in_the_gate", samples, prepare: () => { }, () =>
            SavedMoment.Of(guest.Gic).Dispose());

        using var saved = Save(guest.Gic, guest);
        var blob = saved.Bytes;
        var (gic, state) = (guest.Gic, default(GicState));
        yield return Sampled($"{key}.restore", samples, prepare: () => gic = NewController(guest), () =>
            Restore(gic, state = Open(blob, guest)));
        yield return Sampled($"{key}.restore.in_the_gate", samples, prepare: () => gic = NewController(guest), () =>
            Restore(gic, state!));
        using (var savedAgain = Save(gic, guest))
        {
            RequireDone(blob.Span.SequenceEqual(savedAgain.Bytes.Span));
        }

        yield return new Figure($"{key}.size", blob.Length, "bytes", Samples: 1);
        yield return Sampled($"{key}.tables", samples, prepare: () => { }, () => RequireDone(
            guest.Gic.Userspace.SaveTables(0).IsDone && guest.Gic.Userspace.SavePendingTables().IsDone));
    }

    private static VirtualGic NewController(BenchmarkGuest guest)
    {
        var gic = new VirtualGic(guest.Configuration, new SparseGuestMemory([]));
        gic.Pause();
        return gic;
    }

    private static SealedState Save(VirtualGic gic, BenchmarkGuest guest)
    {
        using var moment = SavedMoment.Of(gic);
        return StateBlob.Seal(moment.State, guest.Configuration);
    }

    private static GicState Open(ReadOnlyMemory<byte> blob, BenchmarkGuest guest) =>
        StateBlob.Open(blob, guest.Configuration, new RequestProblems(""));

    private static void Restore(VirtualGic gic, GicState state) =>
        RequireDone(gic.Persistence.Restore(state).Count == 0);

    /// <summary>The median in milliseconds. What a sample leaves behind is cleared away outside of it.</summary>
    private static Figure Sampled(string key, int samples, Action prepare, Action measured)
    {
        var startedAt = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(startedAt) < WarmUpTime)
        {
            prepare();
            measured();
        }

        return Figure.MedianOf(key, "ms", Enumerable.Range(0, samples).Select(_ =>
        {
            prepare();
            GC.Collect();
            var begin = Stopwatch.GetTimestamp();
            measured();
            return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        }));
    }

    private static void RequireDone(bool isDone)
    {
        if (!isDone)
        {
            throw new InvalidOperationException("The benchmark's own state cannot be saved or restored.");
        }
    }
}
