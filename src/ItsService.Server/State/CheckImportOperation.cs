using ItsService.Core.Memory;
using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>
/// Judges a list of attributes before its guest memory is there: over the VM's regions, all zeros, which as tables are
/// empty ones. Nothing changes.
/// </summary>
internal readonly struct CheckImportOperation(string vmName, IReadOnlyList<ImportedAttribute> attributes)
    : IVmOperation<Done>
{
    public Done Run(VmContent vm)
    {
        RestoreOperation.RefuseUnlessReady(vmName, vm);
        var places = new ImportedPlaces(vm);
        ImportTrial.Take(vmName, vm, new SparseGuestMemory(vm.Memory.Regions), places, attributes);
        places.TakeBack();
        return default;
    }
}
