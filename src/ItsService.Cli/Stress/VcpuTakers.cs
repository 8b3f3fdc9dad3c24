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

    private volatile bool _isEnding;

    /// <summary>Runs until all have ended that <see cref="End"/> ends, or one has failed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var takers = Enumerable.Range(0, shape.Vcpus).Select<int, Func<CancellationToken, Task>>(
            vcpu => token => TakeAsync(vcpu, token));
        await FirstFailure.EndsAllAsync(
            [
                token => WatchAsync(watching, token),
                async token =>
                {
                    await FirstFailure.EndsAllAsync(takers, token);
                    await watching.CancelAsync();
                },
            ],
            cancellationToken);
    }

    /// <summary>Lets each take what there still is, and then end.</summary>
    public void End()
    {
        _isEnding = true;
        foreach (var asserted in _asserted)
        {
            asserted.Writer.TryComplete();
        }
    }

    private async Task WatchAsync(CancellationTokenSource watching, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(watching.Token, cancellationToken);
        try
        {
            await foreach (var lines in vm.Handle.WatchVcpusAsync(vcpus: null, either.Token))
            {
                foreach (var line in lines.Where(line => line.IrqAsserted))
                {
                    _asserted[line.Vcpu].Writer.TryWrite(true);
                }
            }
        }
        catch (OperationCanceledException) when (watching.IsCancellationRequested)
        {
            // All have ended for whom it watched.
            return;
        }

        throw new InputException("the service has ended the watch of the vCPUs' lines");
    }

    private async Task TakeAsync(int vcpu, CancellationToken cancellationToken)
    {
        while (await _asserted[vcpu].Reader.WaitToReadAsync(cancellationToken))
        {
            _asserted[vcpu].Reader.TryRead(out _);
            await TakeAllAsync(vcpu, cancellationToken);
        }

        // Once more without being told: what is left now is too much.
        await TakeAllAsync(vcpu, cancellationToken);
    }

    private async Task TakeAllAsync(int vcpu, CancellationToken cancellationToken)
    {
        // A service that has another one again and again keeps no run from ending.
        var left = shape.LpiCount + 1;
        for (var taken = 0u; taken != Spurious && left > 0;)
        {
            taken = await vm.TakeAsync(vcpu, taken, cancellationToken);
            if (taken != Spurious)
            {
                ledger.NoteAcknowledged(taken, vcpu);
                left -= _isEnding ? 1 : 0;
            }
        }
    }
}
