using System.Diagnostics;
using ItsService.Benchmarks.Reporting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Benchmarks.Sessions;

/// <summary>
/// What a vCPU waits for when its VMM acknowledges: one read of ICC_IAR1_EL1 over the Unix socket, from a thread that
/// blocks, on the stream of a session and as a unary call, in turns.
/// </summary>
internal static class SessionFigures
{
    private const int ReadsPerTurn = 200;
    private static readonly VcpuIndex Vcpu = new(0);

    public static async IAsyncEnumerable<Figure> MeasureAsync(RunPlan plan)
    {
        if (!plan.Wants("session."))
        {
            yield break;
        }

        await using var service = await InProcessService.StartAsync();
        var vm = await service.Client.CreateVmAsync("", new VmSpec { Vcpus = { new Vcpu() } });
        await using var session = await vm.AttachAsync();
        var turnCount = plan.IsQuick ? 20 : 100;
        var (streamed, unary, allocated) = await Task.Factory.StartNew(
            () => Measure(vm, session, turnCount), TaskCreationOptions.LongRunning);
        var (onStream, alone) = (At(streamed, 0.5), At(unary, 0.5));
        yield return new Figure("session.access", onStream, "ns", streamed.Length) { AllocatedBytes = allocated };
        yield return new Figure("session.access.p99", At(streamed, 0.99), "ns", streamed.Length);
        yield return new Figure("session.access.unary", alone, "ns", unary.Length);
        yield return new Figure("session.access.unary.p99", At(unary, 0.99), "ns", unary.Length);
        yield return new Figure("session.access.ratio", onStream / alone, "ratio", streamed.Length);
    }

    private static (double[] Streamed, double[] Unary, long Allocated) Measure(
        VmHandle vm, VmmSession session, int turnCount)
    {
        var streamed = new List<double>();
        var unary = new List<double>();
        var allocated = 0L;
        Action onStream = () => session.ReadSystemRegister(Vcpu, SystemRegisterId.IccIar1);
        Action alone = () => vm.ReadSystemRegisterAsync(Vcpu, SystemRegisterId.IccIar1).GetAwaiter().GetResult();
        Turn(onStream, []);
        Turn(alone, []);
        for (var turn = 0; turn < turnCount; turn++)
        {
            var before = GC.GetTotalAllocatedBytes();
            Turn(onStream, streamed);
            allocated += GC.GetTotalAllocatedBytes() - before;
            Turn(alone, unary);
        }

        return ([.. streamed.Order()], [.. unary.Order()], allocated / streamed.Count);
    }

    private static void Turn(Action read, List<double> into)
    {
        for (var count = 0; count < ReadsPerTurn; count++)
        {
            var startedAt = Stopwatch.GetTimestamp();
            read();
            into.Add(Stopwatch.GetElapsedTime(startedAt).TotalNanoseconds);
        }
    }

    private static double At(double[] ordered, double part) => ordered[(int)(part * (ordered.Length - 1))];
}
