using ItsService.Client;

namespace ItsService.VmmPrototype.Running;

/// <summary>By which way an interrupt controller gets from one service into another.</summary>
internal interface IMoveRoute
{
    /// <summary>Takes the state of a VM, which stays Paused.</summary>
    Task<SavedGuest> SaveAsync(ItsClient client, VmHandle vm, CancellationToken cancellationToken);

    /// <summary>Makes a VM of it, which is Paused.</summary>
    Task<VmHandle> RestoreAsync(ItsClient client, SavedGuest saved, CancellationToken cancellationToken);
}
