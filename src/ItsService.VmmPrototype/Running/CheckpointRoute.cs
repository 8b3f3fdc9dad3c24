using ItsService.Client;
using ItsService.Client.Identifiers;

namespace ItsService.VmmPrototype.Running;

/// <summary>
/// By the service's state directory: the state is on its disk before the VM is deleted, so that the service may be
/// killed. One service at a time uses a state directory.
/// </summary>
internal sealed class CheckpointRoute : IMoveRoute
{
    public async Task<SavedGuest> SaveAsync(ItsClient client, VmHandle vm, CancellationToken cancellationToken)
    {
        var made = await client.Checkpoints.CreateAsync(
            vm.Name, new SaveOptions { StayPaused = true }, cancellationToken);
        return new SavedGuest(made.Checkpoint.Name, made.Checkpoint.SizeBytes, Spec: null, default);
    }

    public async Task<VmHandle> RestoreAsync(ItsClient client, SavedGuest saved, CancellationToken cancellationToken)
    {
        var name = new CheckpointName(saved.Name);
        var restored = await client.Checkpoints.RestoreAsync(name, cancellationToken: cancellationToken);
        try
        {
            await client.Checkpoints.DeleteAsync(name, cancellationToken);
            return restored.Handle;
        }
        catch
        {
            await restored.Handle.DeleteAsync(CancellationToken.None);
            throw;
        }
    }
}
