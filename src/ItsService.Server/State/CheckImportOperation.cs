using ItsService.Core.Memory;
using ItsService.Server.Attributes;
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
        ImportTrial.Take(
            vmName, vm.Shape, new SparseGuestMemory(vm.Memory.Places), FramePlaces.Of(vm), attributes);
        return default;
    }
}
