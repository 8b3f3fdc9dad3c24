using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Exchange;

/// <summary>Makes the VM of an export: its shape, its memory, its interrupt controller.</summary>
internal static class ImportedVm
{
    /// <summary>The VM, which is Paused; there is none where its state is refused.</summary>
    /// <param name="session">Where.</param>
    /// <param name="id">Its name; empty for one that the service chooses.</param>
    /// <param name="document">What was exported.</param>
    /// <param name="images">Its memory; null for the images that the document names.</param>
    /// <param name="cancellationToken">Ends it, and takes back what was made.</param>
    /// <exception cref="InputException">It does not tell what to make, or an image cannot be read.</exception>
    public static async Task<(VmHandle Vm, StateSummary Summary)> CreateAsync(
        Session session,
        string id,
        ExportDocument document,
        IReadOnlyList<RamImagePart>? images,
        CancellationToken cancellationToken)
    {
        var spec = document.Spec ?? throw new InputException(
            "the export has no \"vm\", which tells what to create: create the VM, and import into it");
        if (images is null && document.Memory.Count == 0)
        {
            throw new InputException(
                "the export names no image of guest memory, which has the tables: give one with --ram FILE@ADDRESS");
        }

        var vm = await session.Client.CreateVmAsync(
            new CreateVmRequest { VmId = id, Spec = spec, StartPaused = true }, cancellationToken);
        try
        {
            return (vm, await FillAsync(session, vm, document, images, cancellationToken));
        }
        catch
        {
            await vm.DeleteAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Gives a Paused VM memory and state.</summary>
    public static async Task<StateSummary> FillAsync(
        Session session,
        VmHandle vm,
        ExportDocument document,
        IReadOnlyList<RamImagePart>? images,
        CancellationToken cancellationToken)
    {
        await RamImage.LoadAsync(vm, images ?? document.Memory, session.Error, cancellationToken);
        return await vm.ImportAsync(document.State, cancellationToken);
    }
}
