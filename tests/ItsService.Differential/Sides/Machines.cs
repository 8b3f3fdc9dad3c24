using ItsService.Differential.Generation;

namespace ItsService.Differential.Sides;

/// <summary>
/// The QEMUs of a run, started as sequences need them. One is used again for the next sequence of its shape, reset by
/// its registers, and replaced now and then.
/// </summary>
internal sealed class Machines : IAsyncDisposable
{
    private const int KeptAtOnce = 2;
    private const int SequencesOfOne = 200;

    private readonly InProcessService _service;
    private readonly List<(QemuSide Side, int Uses)> _started = [];

    private Machines(InProcessService service)
    {
        _service = service;
    }

    public static async Task<Machines> StartAsync() => new(await InProcessService.StartAsync());

    /// <summary>
    /// Both controllers in their reset state, and what a sequence of that shape needs of memory zeroed.
    /// </summary>
    public async Task<BothSides> BeginAsync(SequencePlan plan, ulong memoryEnd)
    {
        var qemu = Take(plan.CpuCount, plan.RunsCpus);
        qemu.Reset(memoryEnd);
        return new BothSides(qemu, await ServiceSide.StartAsync(_service.Client, plan.CpuCount));
    }

    /// <summary>Ends all QEMUs: after a fault nothing is known of their state.</summary>
    public void Discard()
    {
        foreach (var (side, _) in _started)
        {
            side.Dispose();
        }

        _started.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        Discard();
        await _service.DisposeAsync();
    }

    private QemuSide Take(int cpuCount, bool runsCpus)
    {
        var at = _started.FindIndex(entry => entry.Side.CpuCount == cpuCount && entry.Side.RunsCpus == runsCpus);
        if (at >= 0 && _started[at].Uses < SequencesOfOne)
        {
            var (side, uses) = _started[at];
            _started.RemoveAt(at);
            _started.Add((side, uses + 1));
            return side;
        }

        if (at >= 0 || _started.Count == KeptAtOnce)
        {
            at = Math.Max(at, 0);
            _started[at].Side.Dispose();
            _started.RemoveAt(at);
        }

        var started = new QemuSide(cpuCount, runsCpus);
        _started.Add((started, 1));
        return started;
    }
}
