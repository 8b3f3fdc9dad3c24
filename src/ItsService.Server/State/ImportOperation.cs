using ItsService.Server.Attributes;
using ItsService.Server.Machines;
using ItsService.Server.Tracing;

namespace ItsService.Server.State;

/// <summary>
/// Puts a list of attributes and the tables in guest memory in place of a Paused VM's state. They are given to a new
/// controller over the same memory, as SetAttribute and Resume would, and only what that has become is taken over: so a
/// list that is refused has changed nothing.
/// </summary>
internal readonly struct ImportOperation(string vmName, IReadOnlyList<ImportedAttribute> attributes)
    : IVmOperation<V1.StateSummary>
{
    public V1.StateSummary Run(VmContent vm)
    {
        RestoreOperation.RefuseUnlessReady(vmName, vm);
        var places = FramePlaces.Of(vm);
        var state = ImportTrial.Take(vmName, vm.Shape, vm.Memory, places, attributes);
        var refused = vm.Gic.Persistence.Restore(state);
        if (refused.Count > 0)
        {
            throw new InvalidOperationException($"What was imported is no state: {refused[0]}.");
        }

        places.GiveTo(vm);
        vm.Sessions.TellRestored();
        vm.Traces.Note(VmMoment.Restored);
        vm.Stalls.NoteRestored();
        return SavedMoment.Summarize(state, InFlightCommands.CountOf(vm.Gic));
    }
}
