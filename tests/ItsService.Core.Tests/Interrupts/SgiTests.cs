using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Interrupts;

/// <summary>Which vCPUs a write of ICC_SGI1R_EL1, SGI0R or ASGI1R reaches (redistributor-lpi 10.3).</summary>
public class SgiTests
{
    private const uint Sgi = 5;
    private const ulong ToAllOthers = 1UL << 40;

    [Theory]
    [InlineData(4, 0x0001UL, new[] { 0 })] // the sender itself
    [InlineData(4, 0x000AUL, new[] { 1, 3 })]
    [InlineData(4, 0xFFFFUL, new[] { 0, 1, 2, 3 })] // 4 to 15 do not exist
    [InlineData(4, 0xFFF0UL, new int[0])]
    [InlineData(4, 0x0000UL, new int[0])]
    [InlineData(4, 0x0001_0001UL, new int[0])] // Aff1 1 has no vCPU
    [InlineData(18, 0x0001_0003UL, new[] { 16, 17 })] // Aff1 1
    [InlineData(18, 0x0001_0004UL, new int[0])]
    [InlineData(4, 0x1_0000_0001UL, new int[0])] // Aff2 1
    [InlineData(4, 0x0001_0000_0000_0001UL, new int[0])] // Aff3 1
    public void Target_list_reaches_the_vcpus_that_exist(int vcpuCount, ulong list, int[] reached)
    {
        var guest = Guests(vcpuCount);
        guest.Cpu().Write(SystemRegister.IccSgi1R, list | (Sgi << 24));

        Assert.Equal(reached, Reached(guest));
        Assert.Equal(reached, guest.Signalled());
    }

    [Theory]
    [InlineData(0, new[] { 1, 2, 3 })]
    [InlineData(2, new[] { 0, 1, 3 })]
    public void Routing_mode_reaches_all_but_the_sender_whatever_the_list_says(int sender, int[] reached)
    {
        foreach (var list in new ulong[] { 0, 0xFFFF, 0x0055_00FF_00FF_0001 })
        {
            var guest = Guests(4);
            guest.Cpu(sender).Write(SystemRegister.IccSgi1R, ToAllOthers | list | (Sgi << 24));

            Assert.Equal(reached, Reached(guest));
        }
    }

    [Theory]
    [InlineData(false, new[] { 1 })] // RS is ignored: the list begins at Aff0 0
    [InlineData(true, new[] { 2 })]
    public void Range_selector_counts_where_the_controller_has_it(bool hasRangeSelector, int[] reached)
    {
        var gic = new VirtualGic(
            new VirtualGicConfiguration
            {
                Profile = InterruptGuest.Everything with { HasRangeSelector = hasRangeSelector },
                Affinities = [new Affinity(0), new Affinity(0x03), new Affinity(0x23)],
            },
            new SparseGuestMemory([]));
        Assert.Equal(hasRangeSelector, ((new CpuPort(gic, 0).Read(SystemRegister.IccCtlr) >> 18) & 1) != 0);
        for (var vcpu = 0; vcpu < 3; vcpu++)
        {
            new RegisterPort(gic, FrameKind.Gicr, vcpu).Write32(0x1_0080, uint.MaxValue);
        }

        new CpuPort(gic, 0).Write(SystemRegister.IccSgi1R, (2UL << 44) | (Sgi << 24) | 0x8);

        Assert.Equal(reached, Enumerable.Range(0, 3).Where(vcpu =>
            new RegisterPort(gic, FrameKind.Gicr, vcpu).Read32(0x1_0200) == 1u << (int)Sgi));
    }

    [Fact]
    public void Aff3_names_the_vcpu_that_has_it()
    {
        var gic = new VirtualGic(
            new VirtualGicConfiguration
            {
                Profile = InterruptGuest.Everything,
                Affinities = [new Affinity(0), new Affinity(0x0700_0000)],
            },
            new SparseGuestMemory([]));
        new RegisterPort(gic, FrameKind.Gicr, 1).Write32(0x1_0080, uint.MaxValue);
        new CpuPort(gic, 0).Write(SystemRegister.IccSgi1R, (7UL << 48) | (Sgi << 24) | 1);

        Assert.Equal(1u << (int)Sgi, new RegisterPort(gic, FrameKind.Gicr, 1).Read32(0x1_0200));
        Assert.Equal(0UL, new RegisterPort(gic, FrameKind.Gicr, 0).Read32(0x1_0200));
    }

    [Theory]
    [InlineData(SystemRegister.IccSgi1R, true, true)]
    [InlineData(SystemRegister.IccSgi1R, false, false)]
    [InlineData(SystemRegister.IccSgi0R, true, false)]
    [InlineData(SystemRegister.IccSgi0R, false, true)]
    [InlineData(SystemRegister.IccAsgi1R, true, false)]
    [InlineData(SystemRegister.IccAsgi1R, false, false)]
    public void Register_reaches_sgis_of_its_group_alone(SystemRegister register, bool isGroup1, bool isReached)
    {
        foreach (var route in new[] { 2UL, ToAllOthers })
        {
            var guest = new InterruptGuest().With(Sgi, isGroup1: isGroup1, vcpu: 1);
            guest.Cpu().Write(register, route | (Sgi << 24));

            Assert.Equal(isReached, guest.IsPending(Sgi, 1));
            Assert.Equal(isReached, isGroup1 ? guest.Cpu(1).Line.IsIrqAsserted : guest.Cpu(1).Line.IsFiqAsserted);
        }
    }

    [Fact]
    public void Two_sgis_of_one_number_before_the_acknowledge_are_one()
    {
        var guest = Guests(3);
        guest.Cpu(0).Write(SystemRegister.IccSgi1R, (Sgi << 24) | 4);
        guest.Cpu(1).Write(SystemRegister.IccSgi1R, (Sgi << 24) | 4);

        Assert.Equal(Sgi, guest.Acknowledge(2));
        guest.End(Sgi, 2);
        Assert.Equal(InterruptGuest.Spurious, guest.Acknowledge(2));
    }

    [Fact]
    public void Sgi_that_comes_while_it_is_active_comes_again_after_its_end()
    {
        var guest = Guests(2);
        guest.Cpu(0).Write(SystemRegister.IccSgi1R, (Sgi << 24) | 2);
        Assert.Equal(Sgi, guest.Acknowledge(1));
        guest.Cpu(0).Write(SystemRegister.IccSgi1R, (Sgi << 24) | 2);
        Assert.True(guest.IsActive(Sgi, 1) && guest.IsPending(Sgi, 1));
        Assert.Empty(guest.Signalled());
        guest.End(Sgi, 1);

        Assert.Equal([1], guest.Signalled());
        Assert.Equal(Sgi, guest.Acknowledge(1));
    }

    [Fact]
    public void All_sixteen_sgis_of_512_vcpus_arrive()
    {
        var guest = new InterruptGuest(vcpuCount: 512);
        for (var vcpu = 0; vcpu < 512; vcpu++)
        {
            guest.Guest.Gicr(vcpu).Write32(0x1_0080, 0xFFFF);
            guest.Guest.Gicr(vcpu).Write32(0x1_0100, 0xFFFF);
        }

        for (var sgi = 0UL; sgi < 16; sgi++)
        {
            guest.Cpu(511).Write(SystemRegister.IccSgi1R, ToAllOthers | (sgi << 24));
        }

        Assert.Equal(Enumerable.Range(0, 511), guest.Signalled());
        Assert.All(Enumerable.Range(0, 511), vcpu =>
            Assert.Equal(0xFFFFUL, guest.Guest.Gicr(vcpu).Read32(0x1_0200)));
    }

    [Fact]
    public void Only_vcpu_sends_to_itself_by_name_and_to_nobody_by_routing_mode()
    {
        var guest = Guests(1);
        guest.Cpu().Write(SystemRegister.IccSgi1R, ToAllOthers | (Sgi << 24));
        Assert.Empty(guest.Signalled());
        guest.Cpu().Write(SystemRegister.IccSgi1R, 1 | (Sgi << 24));
        Assert.Equal(Sgi, guest.Acknowledge());
    }

    private static InterruptGuest Guests(int vcpuCount)
    {
        var guest = new InterruptGuest(vcpuCount: vcpuCount);
        for (var vcpu = 0; vcpu < vcpuCount; vcpu++)
        {
            guest.With(Sgi, vcpu: vcpu);
        }

        return guest;
    }

    private static int[] Reached(InterruptGuest guest) =>
        [.. Enumerable.Range(0, guest.Gic.VcpuCount).Where(vcpu => guest.IsPending(Sgi, vcpu))];
}
