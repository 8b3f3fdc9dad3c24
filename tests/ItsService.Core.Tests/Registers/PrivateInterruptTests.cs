using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Registers;

/// <summary>What of a redistributor belongs to its vCPU alone: SGIs and PPIs, and the affinity.</summary>
public class PrivateInterruptTests
{
    private const int SgiBase = 0x1_0000;

    [Fact]
    public void Sgis_and_ppis_are_enabled_and_disabled_at_their_vcpu()
    {
        var guest = new Guest();
        guest.Gicr(1).Write32(SgiBase + 0x100, 0x00FF_00FF); // GICR_ISENABLER0
        guest.Gicr(1).Write32(SgiBase + 0x180, 0x000F_000F); // GICR_ICENABLER0

        Assert.Equal(0x00F0_00F0UL, guest.Gicr(1).Read32(SgiBase + 0x100));
        Assert.Equal(0UL, guest.Gicr(0).Read32(SgiBase + 0x100));
    }

    [Fact]
    public void Priorities_have_the_bits_of_the_profile()
    {
        var kvm = new Guest().Gicr(2);
        kvm.Write(SgiBase + 0x400 + 17, 1, 0xFF); // GICR_IPRIORITYR4, the byte of PPI 17
        Assert.Equal(0xF800UL, kvm.Read32(SgiBase + 0x410));

        var qemu = new Guest(new GuestOptions { Profile = GicProfiles.Qemu }).Gicr(2);
        qemu.Write(SgiBase + 0x400 + 17, 1, 0xFF);
        Assert.Equal(0xFF00UL, qemu.Read32(SgiBase + 0x410));
    }

    [Theory]
    [InlineData("kvm", 0x0002_0301u)]
    [InlineData("qemu", 0x0402_0301u)]
    public void Typer_reports_aff3_where_the_profile_does(string profile, uint reported)
    {
        var gic = new VirtualGic(
            new VirtualGicConfiguration
            {
                Profile = Named.Profile(profile),
                Affinities = [new Affinity(0), new Affinity(0x0402_0301)],
            },
            new SparseGuestMemory([]));

        Assert.Equal(reported, new RegisterPort(gic, FrameKind.Gicr, 1).Read64(GicrOffset.Typer) >> 32);
    }
}
