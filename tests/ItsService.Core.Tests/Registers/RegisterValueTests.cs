using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Registers;

/// <summary>
/// Identification and reset values of each profile (gits-registers sections 2 to 12, redistributor-lpi).
/// </summary>
public class RegisterValueTests
{
    public static TheoryData<FrameKind, int, int, string, ulong, ulong> Values => new()
    {
        // frame, offset, size, what, KVM, QEMU
        { FrameKind.Gits, 0x0000, 4, "CTLR", 0x8000_0000, 0x8000_0000 },
        { FrameKind.Gits, 0x0004, 4, "IIDR", 0x4B00_043B, 0x0000_043B },
        { FrameKind.Gits, 0x0008, 8, "TYPER", 0x0000_0000_0001_EF71, 0x0000_001F_0001_EFB1 },
        { FrameKind.Gits, 0x0010, 4, "MPAMIDR", 0, 0 },
        { FrameKind.Gits, 0x0014, 4, "PARTIDR", 0, 0 },
        { FrameKind.Gits, 0x0018, 4, "MPIDR", 0, 0 },
        { FrameKind.Gits, 0x0040, 4, "STATUSR", 0, 0 },
        { FrameKind.Gits, 0x0048, 8, "UMSIR", 0, 0 },
        { FrameKind.Gits, 0x0080, 8, "CBASER", 0, 0 },
        { FrameKind.Gits, 0x0088, 8, "CWRITER", 0, 0 },
        { FrameKind.Gits, 0x0090, 8, "CREADR", 0, 0 },
        { FrameKind.Gits, 0x0100, 8, "BASER0", 0x1907_0000_0000_0600, 0x0107_0000_0000_0200 },
        { FrameKind.Gits, 0x0108, 8, "BASER1", 0x1C07_0000_0000_0600, 0x0407_0000_0000_0200 },
        { FrameKind.Gits, 0x0110, 8, "BASER2", 0, 0 },
        { FrameKind.Gits, 0x0138, 8, "BASER7", 0, 0 },
        { FrameKind.Gits, 0xFFD0, 4, "PIDR4", 0x40, 0x44 },
        { FrameKind.Gits, 0xFFD4, 4, "PIDR5", 0, 0 },
        { FrameKind.Gits, 0xFFD8, 4, "PIDR6", 0, 0 },
        { FrameKind.Gits, 0xFFDC, 4, "PIDR7", 0, 0 },
        { FrameKind.Gits, 0xFFE0, 4, "PIDR0", 0x92, 0x94 },
        { FrameKind.Gits, 0xFFE4, 4, "PIDR1", 0xB4, 0xB4 },
        { FrameKind.Gits, 0xFFE8, 4, "PIDR2", 0x3B, 0x3B },
        { FrameKind.Gits, 0xFFEC, 4, "PIDR3", 0, 0 },
        { FrameKind.Gits, 0xFFF0, 4, "CIDR0", 0x0D, 0x0D },
        { FrameKind.Gits, 0xFFF4, 4, "CIDR1", 0xF0, 0xF0 },
        { FrameKind.Gits, 0xFFF8, 4, "CIDR2", 0x05, 0x05 },
        { FrameKind.Gits, 0xFFFC, 4, "CIDR3", 0xB1, 0xB1 },
        { FrameKind.Gicr, 0x0000, 4, "CTLR", 0x6, 0x2 },
        { FrameKind.Gicr, 0x0004, 4, "IIDR", 0x4B00_043B, 0x0000_043B },
        { FrameKind.Gicr, 0x0008, 8, "TYPER", 0x0000_0000_0000_0001, 0x0000_0000_0100_0001 },
        { FrameKind.Gicr, 0x0010, 4, "STATUSR", 0, 0 },
        { FrameKind.Gicr, 0x0014, 4, "WAKER", 0, 6 },
        { FrameKind.Gicr, 0x0070, 8, "PROPBASER", 0x580, 0 },
        { FrameKind.Gicr, 0x0078, 8, "PENDBASER", 0x580, 0 },
        { FrameKind.Gicr, 0x00C0, 4, "SYNCR", 0, 0 },
        { FrameKind.Gicr, 0xFFD0, 4, "PIDR4", 0, 0x44 },
        { FrameKind.Gicr, 0xFFE0, 4, "PIDR0", 0, 0x93 },
        { FrameKind.Gicr, 0xFFE4, 4, "PIDR1", 0, 0xB4 },
        { FrameKind.Gicr, 0xFFE8, 4, "PIDR2", 0x3B, 0x3B },
        { FrameKind.Gicr, 0xFFF0, 4, "CIDR0", 0, 0x0D },
        { FrameKind.Gicd, 0x0000, 4, "CTLR", 0x50, 0x50 },
        { FrameKind.Gicd, 0x0004, 4, "TYPER", 0x007A_0007, 0x037A_0007 },
        { FrameKind.Gicd, 0x0008, 4, "IIDR", 0x4B00_343B, 0x0000_043B },
        { FrameKind.Gicd, 0x0010, 4, "STATUSR", uint.MaxValue, 0 },
        { FrameKind.Gicd, 0xFFD0, 4, "PIDR4", 0, 0x44 },
        { FrameKind.Gicd, 0xFFE0, 4, "PIDR0", 0, 0x92 },
        { FrameKind.Gicd, 0xFFE8, 4, "PIDR2", 0x3B, 0x3B },
        { FrameKind.Gicd, 0xFFFC, 4, "CIDR3", 0, 0xB1 },
    };

    public static TheoryData<SystemRegister, ulong, ulong> SystemRegisters => new()
    {
        { SystemRegister.IccPmr, 0, 0 },
        { SystemRegister.IccRpr, 0xFF, 0xFF },
        { SystemRegister.IccBpr0, 2, 2 },
        { SystemRegister.IccBpr1, 3, 3 },
        { SystemRegister.IccAp0R0, 0, 0 },
        { SystemRegister.IccAp1R0, 0, 0 },
        { SystemRegister.IccCtlr, 0x400, 0x8C00 },
        { SystemRegister.IccSre, 7, 7 },
        { SystemRegister.IccIgrpen0, 0, 0 },
        { SystemRegister.IccIgrpen1, 0, 0 },
        { SystemRegister.IccIar1, 1023, 1023 },
        { SystemRegister.IccHppir1, 1023, 1023 },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Register_has_its_profiles_reset_value(
        FrameKind frame, int offset, int sizeBytes, string name, ulong kvm, ulong qemu)
    {
        Assert.True(kvm == FreshGuest("kvm").Port(frame).Read(offset, sizeBytes), $"KVM {name}");
        Assert.True(qemu == FreshGuest("qemu").Port(frame).Read(offset, sizeBytes), $"QEMU {name}");
    }

    [Theory]
    [MemberData(nameof(SystemRegisters))]
    public void System_register_has_its_profiles_reset_value(SystemRegister register, ulong kvm, ulong qemu)
    {
        Assert.Equal(kvm, FreshGuest("kvm").Cpu(0).Read(register));
        Assert.Equal(qemu, FreshGuest("qemu").Cpu(0).Read(register));
    }

    [Theory]
    [InlineData("kvm")]
    [InlineData("qemu")]
    public void Gicr_typer_tells_number_affinity_and_the_last_one(string profile)
    {
        var guest = new Guest(new GuestOptions { Profile = Named.Profile(profile), VcpuCount = 18 });
        for (var vcpu = 0; vcpu < 18; vcpu++)
        {
            var typer = guest.Gicr(vcpu).Read64(GicrOffset.Typer);

            Assert.Equal((ulong)vcpu, (typer >> 8) & 0xFFFF);
            Assert.Equal((ulong)vcpu % 16, (typer >> 32) & 0xFF); // Aff0
            Assert.Equal((ulong)vcpu / 16, (typer >> 40) & 0xFF); // Aff1
            Assert.Equal(vcpu == 17 ? 1UL : 0, (typer >> 4) & 1);
        }
    }

    [Fact]
    public void Gicr_typer_last_is_the_last_in_use_where_the_region_has_room_for_more()
    {
        var guest = new Guest(new GuestOptions { VcpuCount = 3, RedistributorFrames = 8 });

        Assert.Equal(
            [0UL, 0, 1], Enumerable.Range(0, 3).Select(n => (guest.Gicr(n).Read64(GicrOffset.Typer) >> 4) & 1));
    }

    /// <summary>Regions as base and count; a frame takes 128 KiB. The vCPUs of which Last is read as 1.</summary>
    public static TheoryData<string, (ulong Base, int Count)[], int[], int[]> Regions => new()
    {
        { "apart", [(0x0A00_0000, 2), (0x0B00_0000, 2)], [1, 3], [1, 3] },
        { "one behind the other", [(0x0A00_0000, 2), (0x0A04_0000, 2)], [3], [1, 3] },
        { "the second before the first", [(0x0A04_0000, 2), (0x0A00_0000, 2)], [1], [1, 3] },
        { "three in a run", [(0x0A00_0000, 1), (0x0A02_0000, 2), (0x0A06_0000, 1)], [3], [0, 2, 3] },
        { "the next is not in use", [(0x0A00_0000, 4), (0x0A08_0000, 2)], [3], [3] },
        { "room for more in the last", [(0x0A00_0000, 2), (0x0A04_0000, 9)], [3], [1, 3] },
        { "not placed", [], [], [] },
    };

    [Theory]
    [MemberData(nameof(Regions), DisableDiscoveryEnumeration = true)]
    public void Gicr_typer_last_ends_a_run_of_frames_or_each_region(
        string name, (ulong Base, int Count)[] regions, int[] lastInKvm, int[] lastInQemu)
    {
        foreach (var (profile, last) in new[] { (GicProfiles.Kvm, lastInKvm), (GicProfiles.Qemu, lastInQemu) })
        {
            var gic = new VirtualGic(
                new VirtualGicConfiguration
                {
                    Profile = profile,
                    Affinities = [.. Enumerable.Range(0, 4).Select(index => Affinity.Default(new(index)))],
                    Layout = new FrameLayout
                    {
                        RedistributorRegions =
                            [.. regions.Select(region => new RedistributorRegion(new(region.Base), region.Count))],
                    },
                },
                new SparseGuestMemory([]));

            var told = Enumerable.Range(0, 4).Where(
                vcpu => (new RegisterPort(gic, FrameKind.Gicr, vcpu).Read64(GicrOffset.Typer) & 0x10) != 0);
            Assert.Equal((name, profile.Name, string.Join(' ', last)), (name, profile.Name, string.Join(' ', told)));
        }
    }

    [Fact]
    public void Discovery_finds_one_device_table_and_one_collection_table_of_64K_pages()
    {
        foreach (var profile in new[] { "kvm", "qemu" })
        {
            var guest = FreshGuest(profile);
            var basers = Enumerable.Range(0, 8).Select(n => guest.Gits().Read64(GitsOffset.Baser0 + (8 * n))).ToArray();

            Assert.Single(basers, baser => ((baser >> 56) & 7) == 1);
            Assert.Single(basers, baser => ((baser >> 56) & 7) == 4);
            Assert.All(basers.Where(baser => baser != 0), baser => Assert.Equal(2UL, (baser >> 8) & 3));
        }
    }

    [Fact]
    public void Statusr_stays_zero_after_a_command_in_error()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Int(7, 7), GuestCommand.Opcode(0x7F));
        guest.Gits().Write32(GitsOffset.Statusr, uint.MaxValue);

        Assert.Equal(2, guest.TakeErrors().Length);
        Assert.Equal(0UL, guest.Gits().Read32(GitsOffset.Statusr));
    }

    private static Guest FreshGuest(string profile) => new(new GuestOptions { Profile = Named.Profile(profile) });
}
