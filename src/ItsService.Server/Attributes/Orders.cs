using ItsService.Core;
using ItsService.Core.Userspace;
using ItsService.Server.Machines;

namespace ItsService.Server.Attributes;

/// <summary>The group CTRL: its attributes have no value, and writing one has something done.</summary>
internal static class Orders
{
    /// <summary>Whether the device takes the order.</summary>
    public static AttributeAnswer Find(AttributePlace place) =>
        IsKnown(place) ? AttributeAnswer.Done() : Unknown(place);

    /// <summary>
    /// Carries it out. An ITS asks whether vCPUs run before it looks which order it is, the rest of the controller
    /// after that; INIT is taken at any time, and does nothing to a controller that is complete.
    /// </summary>
    public static AttributeAnswer CarryOut(VirtualGic gic, AttributePlace place)
    {
        if (place.IsInit)
        {
            return AttributeAnswer.Done();
        }

        if (place.Its is null && !IsKnown(place))
        {
            return Unknown(place);
        }

        if (gic.State == RunState.Running)
        {
            return AttributeAnswer.Running("orders are not carried out while the VM is Running; pause it first");
        }

        return place.Its is { } its ? CarryOut(gic.Userspace, its, place) : Answer(gic.Userspace.SavePendingTables());
    }

    private static AttributeAnswer CarryOut(GicUserspace userspace, int its, AttributePlace place)
    {
        switch (place.Attr)
        {
            case ControlAttribute.SaveTables:
                return Answer(userspace.SaveTables(its));
            case ControlAttribute.RestoreTables:
                MustBeDone(userspace.RestoreTables(its));
                return AttributeAnswer.Done();
            case ControlAttribute.Reset:
                MustBeDone(userspace.ResetIts(its));
                return AttributeAnswer.Done();
            default:
                return Unknown(place);
        }
    }

    private static bool IsKnown(AttributePlace place) => place.Its is null
        ? place.Attr is ControlAttribute.Init or ControlAttribute.SavePendingTables
        : place.Attr is ControlAttribute.Init or ControlAttribute.SaveTables or ControlAttribute.RestoreTables
            or ControlAttribute.Reset;

    private static AttributeAnswer Unknown(AttributePlace place) => place.Its is null
        ? AttributeAnswer.Unknown($"the controller has no order {place.Attr}", "0 INIT or 3 SAVE_PENDING_TABLES")
        : AttributeAnswer.Unknown(
            $"an ITS has no order {place.Attr}", "0 INIT, 1 SAVE_TABLES, 2 RESTORE_TABLES or 4 RESET");

    private static AttributeAnswer Answer(CommitResult result) => new(0, CommitProblems.Of(result));

    // Only a Running VM refuses these, and that is asked before.
    private static void MustBeDone(UserspaceResult result)
    {
        if (result.Error != UserspaceError.None)
        {
            throw new InvalidOperationException($"An order to a Paused VM ended as {result.Error}.");
        }
    }
}
