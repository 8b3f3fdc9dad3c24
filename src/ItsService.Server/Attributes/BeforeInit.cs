using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Attributes;

/// <summary>
/// The attributes that a VM does not have yet while it waits for INIT: registers and lines of the controller, whichever
/// are asked for, and the order that writes its pending tables. Places of frames and all that is an ITS's are there.
/// </summary>
internal static class BeforeInit
{
    /// <summary>Why the access is refused; null when INIT does not stand in its way.</summary>
    public static AttributeAnswer? WhyRefused(VmContent vm, AttributePlace place)
    {
        uint? errno = place.Group switch
        {
            AttributeGroup.DistributorRegisters or AttributeGroup.RedistributorRegisters
                or AttributeGroup.SystemRegisters or AttributeGroup.LineLevels => Errno.Busy,
            AttributeGroup.Control when place.Its is null && place.Attr == ControlAttribute.SavePendingTables =>
                Errno.NotSetUp,
            _ => null,
        };
        return errno is { } number && InitAwaited.Problem(vm, number) is { } problem
            ? AttributeAnswer.Refused(problem)
            : null;
    }
}
