using ItsService.Core.Profiles;
using ItsService.Core.Registers;

namespace ItsService.Core.Tests.Support;

/// <summary>The ready-made profiles and the frames, by names that a theory can carry.</summary>
internal static class Named
{
    public static GicProfile Profile(string name) => name switch
    {
        "kvm" => GicProfiles.Kvm,
        "qemu" => GicProfiles.Qemu,
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    public static RegisterMap Map(FrameKind frame) => frame switch
    {
        FrameKind.Gicd => GicdMap.Map,
        FrameKind.Gicr => GicrMap.Map,
        _ => GitsMap.Map,
    };

    public static RegisterPort Port(this Guest guest, FrameKind frame) => new(guest.Gic, frame, 0);
}
