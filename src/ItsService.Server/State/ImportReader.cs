using Grpc.Core;
using ItsService.Core;
using ItsService.Server.Attributes;
using ItsService.Server.Errors;

namespace ItsService.Server.State;

/// <summary>What can be said of a list that is imported without looking at the VM's state.</summary>
internal static class ImportReader
{
    /// <summary>The most attributes of a list. The largest VM has some 23,000.</summary>
    public const int AttributesMax = 65_536;

    /// <summary>The attributes in the order of the list.</summary>
    /// <exception cref="RpcException">It cannot be one of this VM, or is too long.</exception>
    public static IReadOnlyList<ImportedAttribute> Read(
        string vmName, VirtualGicConfiguration vm, V1.ExportedState? state)
    {
        var problems = new RequestProblems(vmName);
        if (state is null || state.Attributes.Count == 0)
        {
            problems.Add(new Problem(V1.ErrorReason.Required, "state.attributes", "there are no attributes"));
        }
        else if (state.Attributes.Count > AttributesMax)
        {
            problems.Add(new Problem(
                V1.ErrorReason.LimitExceeded, "state.attributes", $"there are {state.Attributes.Count} attributes")
            {
                Accepted = $"1..{AttributesMax}",
            });
        }
        else if (state.Shape is not null)
        {
            StateShape.Compare(state.Shape, vm, problems);
        }

        problems.ThrowIfAny();
        var read = new List<ImportedAttribute>(state!.Attributes.Count);
        for (var index = 0; index < state.Attributes.Count; index++)
        {
            if (TryRead(vm, index, state.Attributes[index], problems) is { } attribute)
            {
                read.Add(attribute);
            }
        }

        problems.ThrowIfAny();
        return read;
    }

    private static ImportedAttribute? TryRead(
        VirtualGicConfiguration vm, int index, V1.AttributeValue saved, RequestProblems problems)
    {
        var problem = AttributeReader.TryRead(vm, saved.Attribute, out var place)
            ?? AttributeReader.TooWide(place, saved.Value)
            ?? (place.Group == AttributeGroup.Control ? WhyNotOrder(place) : null);
        if (problem is { } told)
        {
            problems.Add(told with { Field = $"{ImportedAttribute.PathOf(index)}.{told.Field}" });
            return null;
        }

        return new ImportedAttribute(index, place, saved.Value);
    }

    /// <summary>Orders that a restore gives.</summary>
    private static Problem? WhyNotOrder(AttributePlace place) =>
        place.Attr == ControlAttribute.Init || (place.Its is not null && place.Attr == ControlAttribute.RestoreTables)
            ? null
            : new Problem(
                V1.ErrorReason.OutOfRange, AttributeReader.AttrField, $"order {place.Attr} is no part of a state")
            {
                Accepted = place.Its is null ? "0 INIT" : "0 INIT or 2 RESTORE_TABLES",
                Errno = Errno.InvalidValue,
            };
}
