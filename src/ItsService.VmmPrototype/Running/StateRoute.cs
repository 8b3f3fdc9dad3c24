using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.VmmPrototype.Running;

/// <summary>By this VMM, which holds the state meanwhile: between services that know nothing of one another.</summary>
internal sealed class StateRoute : IMoveRoute
{
    public async Task<SavedGuest> SaveAsync(ItsClient client, VmHandle vm, CancellationToken cancellationToken)
    {
        var saved = await vm.SaveAsync(new SaveOptions { StayPaused = true }, cancellationToken);
        var spec = (await vm.DescribeAsync(cancellationToken)).Spec;
        return new SavedGuest(vm.Name.Value, (ulong)saved.State.Length, spec, saved.State);
    }

    public async Task<VmHandle> RestoreAsync(ItsClient client, SavedGuest saved, CancellationToken cancellationToken)
    {
        var vm = await client.CreateVmAsync(
            new CreateVmRequest { Spec = saved.Spec, StartPaused = true }, cancellationToken);
        try
        {
            await vm.RestoreAsync(saved.State, cancellationToken);
            return vm;
        }
        catch
        {
            await vm.DeleteAsync(CancellationToken.None);
            throw;
        }
    }
}
