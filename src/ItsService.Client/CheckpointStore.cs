using System.Runtime.CompilerServices;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>
/// The checkpoints in a server's state directory: whole VMs, which outlive the service. To make and to restore one has
/// no time limit.
/// </summary>
public sealed class CheckpointStore
{
    private readonly ServiceConnection _connection;

    internal CheckpointStore(ServiceConnection connection)
    {
        _connection = connection;
    }

    /// <summary>Saves a VM: shape, interrupt controller and hosted memory, all of the same moment.</summary>
    /// <param name="vm">The VM, which runs or is Paused.</param>
    /// <param name="options">What becomes of commands in flight, and more; null for none of it.</param>
    /// <param name="cancellationToken">Ends the wait; whether the checkpoint was made then, a list tells.</param>
    /// <returns>The checkpoint, and the names of those that were removed for it.</returns>
    public Task<CheckpointResponse> CreateAsync(
        VmName vm, SaveOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SaveOptions();
        var request = new CheckpointRequest
        {
            Vm = vm.Value,
            InFlight = options.InFlight,
            DrainDeadlineMs = options.DrainDeadlineMs,
            StayPaused = options.StayPaused,
            OmitTables = options.OmitTables,
        };
        var call = _connection.State.CheckpointAsync(request, cancellationToken: cancellationToken);
        return _connection.AnswerAsync(call, cancellationToken);
    }

    /// <summary>
    /// The checkpoints of one VM, or of all; ordered by the VM's name and by number. Each is read by the server to its
    /// end: of one that is damaged it tells what is wrong. That takes as long as the disk does, and has no time limit:
    /// a page is a gigabyte of files, and one file more.
    /// </summary>
    /// <param name="vm">The VM, which need not exist any more; null for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async IAsyncEnumerable<Checkpoint> ListAsync(
        VmName? vm = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new ListCheckpointsRequest { Vm = vm?.Value ?? "" };
        do
        {
            var call = _connection.State.ListCheckpointsAsync(request, cancellationToken: cancellationToken);
            var page = await _connection.AnswerAsync(call, cancellationToken);
            foreach (var checkpoint in page.Checkpoints)
            {
                yield return checkpoint;
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>
    /// Makes a VM of a checkpoint, or puts it into the Paused VM that has the name. A refusal changes nothing.
    /// </summary>
    /// <param name="name">The checkpoint.</param>
    /// <param name="vm">The VM; null for the one that the checkpoint is named after.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ItsServiceException">
    /// It is refused. Of a damaged checkpoint, and of one that is not there, <c>accepted</c> of the problem is the name
    /// of the newest whole one before it.
    /// </exception>
    public async Task<RestoredVm> RestoreAsync(
        CheckpointName name, VmName? vm = null, CancellationToken cancellationToken = default)
    {
        var request = new RestoreCheckpointRequest { Name = name.Value, Vm = vm?.Value ?? "" };
        var call = _connection.State.RestoreCheckpointAsync(request, cancellationToken: cancellationToken);
        var answer = await _connection.AnswerAsync(call, cancellationToken);
        return new RestoredVm(
            new VmHandle(_connection, new VmName(answer.Vm.Name)), answer.Vm, answer.Summary ?? new StateSummary());
    }

    /// <summary>Deletes a checkpoint, whole or damaged.</summary>
    public Task DeleteAsync(CheckpointName name, CancellationToken cancellationToken = default) =>
        _connection.AnswerAsync(
            _connection.State.DeleteCheckpointAsync(
                new DeleteCheckpointRequest { Name = name.Value }, _connection.Options(cancellationToken)),
            cancellationToken);
}
