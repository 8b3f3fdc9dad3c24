using System.Diagnostics;
using ItsService.Client;
using ItsService.Protocol.V1;
using ItsService.VmmPrototype.InterruptController;

namespace ItsService.VmmPrototype.Running;

/// <summary>
/// The guest's VM in a service, and the session with it. Both may move to another service while the guest runs.
/// </summary>
internal sealed class GuestService : IAsyncDisposable
{
    private readonly GuestMemory _memory;
    private readonly MovingController _controller;
    private readonly MirroredTables? _mirrored;
    private ItsClient _client;
    private VmHandle? _vm;
    private ServiceController _session;

    private GuestService(
        ItsClient client, VmHandle vm, ServiceController session, GuestMemory memory, CancellationToken ended)
    {
        (_client, _vm, _session, _memory) = (client, vm, session, memory);
        _mirrored = memory.Region.Hosted is null ? null : new MirroredTables(session, vm, memory.Ram, ended);
        _controller = new MovingController(_mirrored ?? (IInterruptController)session);
    }

    /// <summary>For the machine.</summary>
    public IInterruptController Controller => _controller;

    /// <summary>What has been moved so far.</summary>
    public List<GuestMove> Moves { get; } = [];

    /// <summary>Makes the VM, and attaches to it.</summary>
    /// <param name="client">The service.</param>
    /// <param name="spec">The VM.</param>
    /// <param name="memory">Its RAM.</param>
    /// <param name="cancellationToken">Ends whatever waits for the service.</param>
    public static async Task<GuestService> OpenAsync(
        ItsClient client, VmSpec spec, GuestMemory memory, CancellationToken cancellationToken)
    {
        var vm = await client.CreateVmAsync("", spec, cancellationToken);
        try
        {
            var session = await ServiceController.AttachAsync(
                vm, new InterruptLines(spec.Vcpus.Count), memory.Provider, cancellationToken);
            return new GuestService(client, vm, session, memory, cancellationToken);
        }
        catch
        {
            await vm.DeleteAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Moves; on the thread that runs the guest, between two turns.</summary>
    /// <param name="after">The line of the guest's that it follows.</param>
    /// <param name="moves">Where to, and which way.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public void Move(string after, GuestMoves moves, CancellationToken cancellationToken) =>
        MoveAsync(after, moves, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Lets whoever waits for an answer go. On any thread.</summary>
    public void Abandon() => _session.Abandon();

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        try
        {
            await (_vm?.DeleteAsync(CancellationToken.None) ?? Task.CompletedTask);
        }
        catch (ItsServiceException refusal) when (refusal.Reason == ErrorReason.VmNotFound)
        {
            // A move that was cut short has deleted it.
        }
    }

    // The guest waits meanwhile, and has no access under way.
    private async Task MoveAsync(string after, GuestMoves moves, CancellationToken cancellationToken)
    {
        IMoveRoute route = moves.ByCheckpoint ? new CheckpointRoute() : new StateRoute();
        var started = Stopwatch.GetTimestamp();
        var (vm, lines) = (_vm!, _controller.Lines);
        var saved = await route.SaveAsync(_client, vm, cancellationToken);
        await vm.DeleteAsync(cancellationToken);
        _vm = null;
        await _session.DisposeAsync();
        var left = Stopwatch.GetTimestamp();

        _client = await moves.Next(cancellationToken);
        var arrived = Stopwatch.GetTimestamp();

        _vm = await route.RestoreAsync(_client, saved, cancellationToken);
        lines.BeginAnew();
        _session = await ServiceController.AttachAsync(_vm, lines, _memory.Provider, cancellationToken);
        _mirrored?.MoveTo(_session, _vm, hasMemory: moves.ByCheckpoint);
        _controller.Present = _mirrored ?? (IInterruptController)_session;
        await _vm.ResumeAsync(cancellationToken);
        Moves.Add(new GuestMove(
            after,
            saved.Name,
            saved.SizeBytes,
            Stopwatch.GetElapsedTime(started, left),
            Stopwatch.GetElapsedTime(left, arrived),
            Stopwatch.GetElapsedTime(arrived)));
    }
}
