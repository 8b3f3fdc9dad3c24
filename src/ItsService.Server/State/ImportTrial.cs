using ItsService.Core;
using ItsService.Core.Memory;
using ItsService.Core.State;
using ItsService.Server.Attributes;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.State;

/// <summary>
/// Gives a list of attributes to a new controller of a VM's shape, as SetAttribute and Resume would. Nothing of the VM
/// changes, its memory included.
/// </summary>
internal static class ImportTrial
{
    /// <summary>What the list makes of a controller.</summary>
    /// <param name="vmName">"vms/{vm}".</param>
    /// <param name="shape">The VM's shape.</param>
    /// <param name="memory">Where the tables are.</param>
    /// <param name="places">The VM's frames; those without a place get that of the list.</param>
    /// <param name="attributes">The list.</param>
    /// <exception cref="Grpc.Core.RpcException">It is no state.</exception>
    public static GicState Take(
        string vmName,
        VirtualGicConfiguration shape,
        IGuestMemory memory,
        FramePlaces places,
        IReadOnlyList<ImportedAttribute> attributes)
    {
        var problems = new RequestProblems(vmName);
        if (TryTake(shape, memory, places, attributes, problems) is { } state)
        {
            return state;
        }

        problems.ThrowIfAny();
        throw new InvalidOperationException("A list of attributes was refused and nobody said why.");
    }

    /// <summary>The state; null, with problems, where there is none.</summary>
    private static GicState? TryTake(
        VirtualGicConfiguration shape,
        IGuestMemory memory,
        FramePlaces places,
        IReadOnlyList<ImportedAttribute> attributes,
        RequestProblems problems)
    {
        var imported = new ImportedPlaces(places);
        foreach (var attribute in ImportedPlaces.Of(attributes))
        {
            Tell(attribute, imported.Set(attribute), problems);
        }

        var gic = new VirtualGic(shape with { Layout = places.Layout }, memory);
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

    private static AttributeAnswer Set(VirtualGic gic, ImportedAttribute attribute) => attribute.Place.Group switch
    {
        AttributeGroup.Control => Orders.CarryOut(gic, attribute.Place),
        AttributeGroup.IntIdCount => IntIdCount.Compare(gic, attribute.Value),
        _ => RegisterAttributes.Set(gic, attribute.Place, attribute.Value),
    };

    private static void Tell(ImportedAttribute attribute, AttributeAnswer answer, RequestProblems problems)
    {
        foreach (var problem in answer.Problems.Listed ?? [])
        {
            problems.Add(problem with { Field = $"{attribute.Path}.{problem.Field}" });
        }
    }
}
