using ItsService.Core;
using ItsService.Core.State;
using ItsService.Server.Attributes;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

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
        var problems = new RequestProblems(vmName);
        var state = TryTake(vm, places, problems);
        if (state is null)
        {
            problems.ThrowIfAny();
            throw new InvalidOperationException("A list of attributes was refused and nobody said why.");
        }

        var refused = vm.Gic.Persistence.Restore(state);
        if (refused.Count > 0)
        {
            throw new InvalidOperationException($"What was imported is no state: {refused[0]}.");
        }

        places.GiveTo(vm);
        return SavedMoment.Summarize(state, InFlightCommands.CountOf(vm.Gic));
    }

    /// <summary>The state; null, with problems, where there is none.</summary>
    private GicState? TryTake(VmContent vm, FramePlaces places, RequestProblems problems)
    {
        var imported = new ImportedPlaces(places);
        foreach (var attribute in ImportedPlaces.Of(attributes))
        {
            Tell(attribute, imported.Set(attribute), problems);
        }

        var gic = new VirtualGic(vm.Shape with { Layout = places.Layout }, vm.Memory);
        gic.Pause();
        foreach (var attribute in attributes)
        {
            if (attribute.Place.Group != AttributeGroup.Address)
            {
                Tell(attribute, Set(gic, attribute), problems);
            }
        }

        if (problems.Count == 0)
        {
            // Nothing is written to guest memory, so that the call can be made again: its answer may get lost.
            problems.AddAll(CommitProblems.Of(gic.Userspace.Commit(keepsTakenBits: true)));
        }

        return problems.Count == 0 ? gic.Persistence.Save() : null;
    }

    private static AttributeAnswer Set(VirtualGic gic, ImportedAttribute attribute) =>
        attribute.Place.Group == AttributeGroup.Control
            ? Orders.CarryOut(gic, attribute.Place)
            : RegisterAttributes.Set(gic, attribute.Place, attribute.Value);

    private static void Tell(ImportedAttribute attribute, AttributeAnswer answer, RequestProblems problems)
    {
        foreach (var problem in answer.Problems.Listed ?? [])
        {
            problems.Add(problem with { Field = $"{attribute.Path}.{problem.Field}" });
        }
    }
}
