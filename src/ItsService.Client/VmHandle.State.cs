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
    /// </summary>
    public Task<StateSummary> RestoreAsync(
        ReadOnlyMemory<byte> state, CancellationToken cancellationToken = default) =>
        new StateTransfer(_connection, Name).RestoreAsync(state, cancellationToken);
}
