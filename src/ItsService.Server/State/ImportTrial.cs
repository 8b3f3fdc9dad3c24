using ItsService.Core;
using ItsService.Core.Memory;
using ItsService.Core.State;
using ItsService.Server.Attributes;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>
/// Gives a list of attributes to a new controller of a VM's shape, as SetAttribute and Resume would. The VM keeps its
/// state; frames without a place have that of the list until <see cref="ImportedPlaces.TakeBack"/>.
/// </summary>
internal static class ImportTrial
{
    /// <summary>What the list makes of a controller.</summary>
    /// <param name="vmName">"vms/{vm}".</param>
    /// <param name="vm">The VM.</param>
    /// <param name="memory">Where the tables are.</param>
    /// <param name="places">The VM's frames.</param>
    /// <param name="attributes">The list.</param>
    /// <exception cref="Grpc.Core.RpcException">It is no state; no frame has got a place by it then.</exception>
    public static GicState Take(
        string vmName,
        VmContent vm,
        IGuestMemory memory,
        ImportedPlaces places,
        IReadOnlyList<ImportedAttribute> attributes)
    {
        var problems = new RequestProblems(vmName);
        if (TryTake(vm, memory, places, attributes, problems) is { } state)
        {
            return state;
        }

        places.TakeBack();
        problems.ThrowIfAny();
        throw new InvalidOperationException("A list of attributes was refused and nobody said why.");
    }

    /// <summary>The state; null, with problems, where there is none.</summary>
    private static GicState? TryTake(
        VmContent vm,
        IGuestMemory memory,
        ImportedPlaces places,
        IReadOnlyList<ImportedAttribute> attributes,
        RequestProblems problems)
    {
        foreach (var attribute in attributes)
        {
            if (attribute.Place.Group == AttributeGroup.Address)
            {
                Tell(attribute, places.Set(attribute), problems);
            }
        }

        var gic = new VirtualGic(vm.Shape, memory);
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
            problems.AddAll(CommitProblems.Of(gic.Userspace.Commit()));
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
