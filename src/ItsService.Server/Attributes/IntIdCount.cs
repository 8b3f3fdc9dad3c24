using ItsService.Core;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Attributes;

/// <summary>
/// The group NR_IRQS: how many INTIDs there are. It can be set once, before INIT, if CreateVm has not said it. As with
/// KVM the value is judged before the VM.
/// </summary>
internal static class IntIdCount
{
    private const uint Unit = 32;
    private const uint Min = 64;
    private const uint Max = 992;
    private const string ValueField = "value";

    /// <summary>Sets it.</summary>
    public static AttributeAnswer Set(VmContent vm, uint value)
    {
        if (value is < Min or > Max || value % Unit != 0)
        {
            return AttributeAnswer.Refused(
                new Problem(V1.ErrorReason.OutOfRange, ValueField, $"there are never {value} INTIDs")
                {
                    Accepted = $"a multiple of {Unit}, {Min}..{Max}",
                    Errno = Errno.InvalidValue,
                });
        }

        var present = vm.Shape.Profile.IntIdLines;
        if (!vm.Spec.AwaitsInit)
        {
            return AttributeAnswer.Running($"the VM has its {present} INTIDs since INIT, or since it was created");
        }

        if (vm.HasIntIdLines)
        {
            return AttributeAnswer.Running($"the VM was given {present} INTIDs already");
        }

        vm.SetIntIdLines((int)value);
        return AttributeAnswer.Done();
    }

    /// <summary>What stands on a list that is imported must be what the VM has.</summary>
    public static AttributeAnswer Compare(VirtualGic gic, ulong value) => value == (ulong)gic.Profile.IntIdLines
        ? AttributeAnswer.Done()
        : AttributeAnswer.Refused(
            new Problem(
                V1.ErrorReason.OutOfRange, ValueField, $"the VM has {gic.Profile.IntIdLines} INTIDs, and not {value}")
            {
                Accepted = $"{gic.Profile.IntIdLines}",
                Errno = Errno.InvalidValue,
            });
}
