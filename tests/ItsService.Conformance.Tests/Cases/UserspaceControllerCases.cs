using ItsService.Conformance.Tests.Registration;
using static ItsService.Conformance.Tests.Registration.CaseDraft;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>
/// Userspace's accesses to places, control and the rest of the controller. A vCPU's run is here Resume.
/// </summary>
internal static class UserspaceControllerCases
{
    public static CaseSection Section { get; } = new(UserspaceRegisterCases.Title,
    [
        K(239, "The ITS's address is set to one that is not 64 KiB aligned", "-EINVAL")
            .PassesByItself(_ => FramePlaceApiCases.MisalignedIts()),
        K(240, "The ITS's address is set twice", "-EEXIST")
            .PassesByItself(_ => FramePlaceApiCases.ItsTwice()),
        K(241, "The ITS's address is set beyond the guest's address space", "-E2BIG")
            .PassesByItself(_ => FramePlaceApiCases.ItsBeyondTheAddressSpace()),
        K(242, "An address of another kind is set at the ITS", "-ENODEV")
            .PassesByItself(_ => FramePlaceApiCases.PlaceOfAnotherKind()),
        K(243, "The ITS is initialised twice", "success both times")
            .PassesByItself(_ => AttributeApiCases.InitializedTwice()),
        K(244, "The ITS's control attribute 99 is set", "-ENXIO")
            .PassesByItself(_ => AttributeApiCases.UnknownOrder()),
        K(245, "A first redistributor region with index 1, with flags 2, with count 0", "-EINVAL each")
            .PassesByItself(_ => FramePlaceApiCases.WrongFirstRegion()),
        K(246, "A redistributor region after the legacy one, the legacy one after a region, the legacy one twice",
            "-EINVAL, -EINVAL, -EEXIST")
            .PassesByItself(_ => FramePlaceApiCases.RegionsOfBothKinds()),
        K(247, "A redistributor region is read that is not there", "-ENOENT")
            .PassesByItself(_ => FramePlaceApiCases.MissingRegion()),
        K(248, "A vCPU runs before the controller is initialised", "-EBUSY")
            .PassesByItself(_ => InitApiCases.RunBeforeInit()),
        K(249, "A vCPU runs with room for three redistributors of four", "-ENXIO")
            .PassesByItself(async _ =>
            {
                await FramePlaceApiCases.TooFewRedistributors();
                await CreationCases.TooFewRedistributors();
            }),
        K(250, "A vCPU runs while the distributor lies over the redistributors", "-EINVAL")
            .IsNotFollowedByItself(
                "A place is judged when it is given, and what is wrong with it changes nothing.",
                "EINVAL as the distributor is placed, or by CreateVm.",
                async _ =>
                {
                    await FramePlaceApiCases.DistributorOverRedistributors();
                    await CreationCases.DistributorOverRedistributors();
                }),
        K(251, "GICR_TYPER is read before there is a region", "the vCPU's number times 0x100, and bit 0 with an ITS")
            .PassesByItself(async _ =>
            {
                await FramePlaceApiCases.TyperWithoutRegion();
                await CreationCases.RedistributorsWithoutRegion();
            }),
        K(252, "Line levels from INTID 33", "-EINVAL")
            .PassesByItself(_ => InterruptApiCases.LinesFromMisalignedIntId()),
        K(253, "Numbers of INTIDs: 63, 65, 1024 and 1056; 64 and 992; a second one",
            "-EINVAL each; accepted; -EBUSY")
            .PassesByItself(async _ =>
            {
                await InterruptApiCases.NumbersOfIntIds();
                await CreationCases.NumbersOfIntIds();
            }),
        K(254, "ICC_SRE_EL1 is set to 0, 6 and 1, then read", "-EINVAL, -EINVAL, success; 7")
            .PassesByItself(_ => AttributeApiCases.SystemRegisterEnable()),
    ]);
}
