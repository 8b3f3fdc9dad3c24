using ItsService.Conformance.Tests.Registration;
using ItsService.Core.CpuInterface;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>Userspace's accesses to places, control and the rest of the controller.</summary>
internal static class UserspaceControllerCases
{
    public static CaseSection Section { get; } = new(UserspaceRegisterCases.Title,
    [
        K(239, "The ITS's address is set to one that is not 64 KiB aligned", "-EINVAL")
            .AwaitsByItself(
                Feature.DeviceAttributes, "CreateVm refuses it with -EINVAL", _ => CreationCases.MisalignedIts()),
        K(240, "The ITS's address is set twice", "-EEXIST")
            .Awaits(Feature.DeviceAttributes),
        K(241, "The ITS's address is set beyond the guest's address space", "-E2BIG")
            .Awaits(Feature.DeviceAttributes),
        K(242, "An address of another kind is set at the ITS", "-ENODEV")
            .Awaits(Feature.DeviceAttributes),
        K(243, "The ITS is initialised twice", "success both times")
            .Awaits(Feature.DeviceAttributes),
        K(244, "The ITS's control attribute 99 is set", "-ENXIO")
            .Awaits(Feature.DeviceAttributes),
        K(245, "A first redistributor region with index 1, with flags 2, with count 0", "-EINVAL each")
            .AwaitsByItself(
                Feature.DeviceAttributes,
                "CreateVm refuses count 0 with -EINVAL",
                _ => CreationCases.EmptyRedistributorRegion()),
        K(246, "A redistributor region after the legacy one, the legacy one after a region, the legacy one twice",
            "-EINVAL, -EINVAL, -EEXIST")
            .Awaits(Feature.DeviceAttributes),
        K(247, "A redistributor region is read that is not there", "-ENOENT")
            .Awaits(Feature.DeviceAttributes),
        K(248, "A vCPU runs before the controller is initialised", "-EBUSY")
            .Awaits(Feature.DeviceAttributes),
        K(249, "A vCPU runs with room for three redistributors of four", "-ENXIO")
            .AwaitsByItself(
                Feature.DeviceAttributes, "CreateVm refuses it", _ => CreationCases.TooFewRedistributors()),
        K(250, "A vCPU runs while the distributor lies over the redistributors", "-EINVAL")
            .AwaitsByItself(
                Feature.DeviceAttributes,
                "CreateVm refuses it with -EINVAL",
                _ => CreationCases.DistributorOverRedistributors()),
        K(251, "GICR_TYPER is read before there is a region", "the vCPU's number times 0x100, and bit 0 with an ITS")
            .AwaitsByItself(
                Feature.DeviceAttributes,
                "read as a register, without a region: the number times 0x100, and bit 0",
                _ => CreationCases.RedistributorsWithoutRegion()),
        K(252, "Line levels from INTID 33", "-EINVAL")
            .Awaits(Feature.FullGicV3),
        K(253, "Numbers of INTIDs: 63, 65, 1024 and 1056; 64 and 992; a second one",
            "-EINVAL each; accepted; -EBUSY")
            .AwaitsByItself(
                Feature.FullGicV3,
                "CreateVm refuses 63, 65 and 1056, and takes 64 and 992 (1024 as well: GICD_TYPER can tell it)",
                _ => CreationCases.NumbersOfIntIds()),
        K(254, "ICC_SRE_EL1 is set to 0, 6 and 1, then read", "-EINVAL, -EINVAL, success; 7")
            .Awaits(Feature.DeviceAttributes, "a guest that writes any of them reads 7", guest =>
                Assert.All([0u, 6u, 1u], value =>
                {
                    guest.Cpu(0).Write(SystemRegister.IccSre, value);
                    Assert.Equal(7u, guest.Cpu(0).Read(SystemRegister.IccSre));
                })),
    ]);
}
