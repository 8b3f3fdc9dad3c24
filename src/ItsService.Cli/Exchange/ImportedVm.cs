using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Exchange;

/// <summary>Makes a VM what an export says, in memory and interrupt controller, and the VM itself if need be.</summary>
internal static class ImportedVm
{
    /// <summary>The VM, which is Paused; there is none where its state is refused.</summary>
    /// <param name="session">Where.</param>
    /// <param name="id">Its name; empty for one that the service chooses.</param>
    /// <param name="document">What was exported.</param>
    /// <param name="parts">Its memory.</param>
    /// <param name="cancellationToken">Ends it, and takes back what was made.</param>
    /// <exception cref="InputException">It does not tell what to make, or an image cannot be read.</exception>
    public static async Task<(VmHandle Vm, StateSummary Summary)> CreateAsync(
        Session session,
        string id,
        ExportDocument document,
        IReadOnlyList<RamImagePart> parts,
        CancellationToken cancellationToken)
    {
        var spec = document.Spec ?? throw new InputException(
            "the export has no \"vm\", which tells what to create: create the VM, and import into it");
        if (parts.Count == 0 && spec.MemoryRegions.Count > 0)
        {
            throw new InputException(
                "the export names no image of guest memory, which has the tables: give one with --ram FILE@ADDRESS");
        }

        using var images = OpenImages.Open(parts);
        images.MustLieIn(spec.MemoryRegions);
        var vm = await session.Client.CreateVmAsync(
            new CreateVmRequest { VmId = id, Spec = spec, StartPaused = true }, cancellationToken);
        try
        {
            await RamImage.LoadAsync(vm, images, isEmpty: true, session.Error, cancellationToken);
            return (vm, await vm.ImportAsync(document.State, cancellationToken));
        }
        catch
        {
            await vm.DeleteAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>
    /// Gives a Paused VM memory and state. What can be judged without its memory is judged before that is written;
    /// where it is refused after that, the user is told.
    /// </summary>
    /// <param name="session">Where.</param>
    /// <param name="vm">The VM.</param>
    /// <param name="document">What was exported.</param>
    /// <param name="parts">Its memory; empty for what it has.</param>
    /// <param name="areAll">No memory may stay as it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InputException">The VM is not Paused, or an image is none of its memory.</exception>
    public static async Task<StateSummary> FillAsync(
        Session session,
        VmHandle vm,
        ExportDocument document,
        IReadOnlyList<RamImagePart> parts,
        bool areAll,
        CancellationToken cancellationToken)
    {
        using var images = OpenImages.Open(parts);
        var description = await vm.DescribeAsync(cancellationToken);
        if (description.State != VmState.Paused)
        {
            throw new InputException($"{vm.Name.Value} is not Paused: `itsctl vm pause {vm.Name.Id}` first");
        }

        images.MustLieIn(description.Spec.MemoryRegions);
        if (areAll)
        {
            images.MustCover(description.Spec.MemoryRegions);
        }

        if (images.Count == 0)
        {
            return await vm.ImportAsync(document.State, cancellationToken);
        }

        await vm.CheckImportAsync(document.State, cancellationToken);
        var written = $"memory of {vm.Name.Value} may have been overwritten in part";
        try
        {
            await RamImage.LoadAsync(vm, images, isEmpty: false, session.Error, cancellationToken);
            written = $"memory of {vm.Name.Value} has been overwritten";
            return await vm.ImportAsync(document.State, cancellationToken);
        }
        catch (Exception)
        {
            session.Error.WriteLine($"itsctl: {written}");
            throw;
        }
    }
}
