using System.Threading.Channels;

namespace ItsService.Cli.Stress;

/// <summary>
/// Takes the interrupts of all vCPUs, one task for each: as soon as a line is asserted, and until there is nothing to
/// take. Each is acknowledged and ended.
/// </summary>
internal sealed class VcpuTakers(StressVm vm, StressShape shape, StressLedger ledger)
{
    private const uint Spurious = 1023;

    private readonly Channel<bool>[] _asserted =
    [
        .. Enumerable.Range(0, shape.Vcpus).Select(_ => Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite })),
    ];

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var tasks = Enumerable.Range(0, shape.Vcpus).Select(vcpu => TakeAsync(vcpu, cancellationToken))
            .Append(WatchAsync(cancellationToken)).ToArray();
        await Task.WhenAll(tasks);
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        await foreach (var lines in vm.Handle.WatchVcpusAsync(vcpus: null, cancellationToken))
        {
            foreach (var line in lines.Where(line => line.IrqAsserted))
            {
                _asserted[line.Vcpu].Writer.TryWrite(true);
            }
        }
    }

    private async Task TakeAsync(int vcpu, CancellationToken cancellationToken)
    {
        while (await _asserted[vcpu].Reader.ReadAsync(cancellationToken))
        {
            for (var taken = 0u; taken != Spurious;)
            {
                taken = await vm.TakeAsync(vcpu, taken, cancellationToken);
                if (taken != Spurious)
                {
                    ledger.NoteAcknowledged(taken, vcpu);
                }
            }
        }
    }
}
