using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>Saving a VM's interrupt controller and giving it back.</summary>
public sealed partial class VmHandle
{
    /// <summary>Saves the interrupt controller, of a VM that runs or is Paused. There is no time limit.</summary>
    /// <param name="options">What becomes of commands in flight, and more; null for none of it.</param>
    /// <param name="cancellationToken">
    /// Ends the wait, which takes nothing back: commands that were drained have been executed, tables may be written,
    /// what was staged may be in force, and with <see cref="SaveOptions.StayPaused"/> the VM may be Paused.
    /// </param>
    public Task<SavedVm> SaveAsync(SaveOptions? options = null, CancellationToken cancellationToken = default) =>
        new StateTransfer(_connection, Name).SaveAsync(options ?? new SaveOptions(), cancellationToken);

    /// <summary>
    /// Puts a saved state in place of the present one. The VM must be Paused. Nothing changes where it is refused.
    /// There is no time limit.
    /// </summary>
    public Task<StateSummary> RestoreAsync(
        ReadOnlyMemory<byte> state, CancellationToken cancellationToken = default) =>
        new StateTransfer(_connection, Name).RestoreAsync(state, cancellationToken);

    /// <summary>
    /// Saves the interrupt controller as KVM has it, of a VM that runs or is Paused: the tables go to guest memory, the
    /// registers are the list. There is no time limit.
    /// </summary>
    /// <param name="options">What becomes of commands in flight, and more; null for none of it.</param>
    /// <param name="cancellationToken">Ends the wait, which takes nothing back, as with a save.</param>
    /// <exception cref="ArgumentException">The options omit the tables, which are half of the state.</exception>
    public async Task<ExportedVm> ExportAsync(
        SaveOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SaveOptions();
        if (options.OmitTables)
        {
            throw new ArgumentException("An export without the tables would not be the state.", nameof(options));
        }

        var request = new ExportRequest
        {
            Vm = Name.Value,
            InFlight = options.InFlight,
            DrainDeadlineMs = options.DrainDeadlineMs,
            StayPaused = options.StayPaused,
        };
        var call = _connection.State.ExportAsync(request, cancellationToken: cancellationToken);
        var answer = await _connection.AnswerAsync(call, cancellationToken);
        return new ExportedVm(answer.State, answer.Summary, answer.WasRunning);
    }

    /// <summary>
    /// Puts a state as KVM has it in place of the present one: the list, in any order, and the tables that guest memory
    /// holds. The VM must be Paused. Nothing changes where it is refused. There is no time limit.
    /// </summary>
    public async Task<StateSummary> ImportAsync(ExportedState state, CancellationToken cancellationToken = default)
    {
        var call = _connection.State.ImportAsync(
            new ImportRequest { Vm = Name.Value, State = state }, cancellationToken: cancellationToken);
        return (await _connection.AnswerAsync(call, cancellationToken)).Summary;
    }

    /// <summary>
    /// Asks what <see cref="ImportAsync"/> would say of the list if guest memory were all zeros, before the memory that
    /// belongs to the list is written. The VM must be Paused. Nothing changes.
    /// </summary>
    /// <exception cref="ItsServiceException">The list would be refused, whatever memory holds.</exception>
    public Task CheckImportAsync(ExportedState state, CancellationToken cancellationToken = default) =>
        _connection.AnswerAsync(
            _connection.State.ImportAsync(
                new ImportRequest { Vm = Name.Value, State = state, CheckOnly = true },
                cancellationToken: cancellationToken),
            cancellationToken);
}
