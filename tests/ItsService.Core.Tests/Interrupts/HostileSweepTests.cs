using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Interrupts;

/// <summary>Anything at all is written everywhere: nothing throws, and what can be seen stays consistent.</summary>
public class HostileSweepTests
{
    private const int StepCount = 12_000;

    [Theory]
    [InlineData(1UL, 1, 32)]
    [InlineData(2UL, 4, 256)]
    [InlineData(3UL, 18, 1024)]
    [InlineData(4UL, 2, 1024)]
    public void Nothing_that_a_guest_or_a_device_does_throws(ulong seed, int vcpuCount, int lines)
    {
        var profile = InterruptGuest.Everything with { IntIdLines = lines, PriorityBits = 5 + (int)(seed % 3) };
        var guest = new InterruptGuest(profile, vcpuCount);
        var random = new Xorshift(seed);
        var taken = 0;
        for (var step = 0; step < StepCount; step++)
        {
            Act(guest, random, lines);
            taken += Take(guest, random, vcpuCount, lines);
        }

        Assert.InRange(taken, 100, StepCount * 2);
    }

    private static void Act(InterruptGuest guest, Xorshift random, int lines)
    {
        var vcpu = (int)random.Below((uint)guest.Gic.VcpuCount);
        var row = SystemRegisterMap.Rows[(int)random.Below((uint)SystemRegisterMap.Rows.Count)];
        switch (random.Below(10))
        {
            case 0 or 1 or 2:
                Write(random, guest.Guest.Gicd, random.Pick(0x1000, 0x8000, GicdMap.FrameSizeBytes));
                break;
            case 3 or 4:
                Write(random, guest.Guest.Gicr(vcpu), 0x2_0000);
                break;
            case 5 or 6:
                guest.Gic.WriteSystemRegister(new VcpuIndex(vcpu), row.Register, Value(random));
                guest.Gic.ReadSystemRegister(new VcpuIndex(vcpu), row.Register);
                break;
            case 7:
                guest.Level(16 + random.Below(16), random.OneIn(2), vcpu, random.OneIn(2));
                break;
            case 8 when lines > 32:
                guest.Level(32 + random.Below((uint)Math.Min(lines - 32, 988)), random.OneIn(2), notify: true);
                break;
            default:
                Rarely(guest, random);
                break;
        }
    }

    private static void Write(Xorshift random, RegisterPort port, int end)
    {
        var size = random.Pick(1, 2, 4, 4, 4, 8);
        var offset = (int)random.Below((uint)end) & -size;
        port.Write(offset, size, Value(random));
        port.Read(offset, size);
    }

    private static ulong Value(Xorshift random) => random.Below(4) switch
    {
        0 => ulong.MaxValue,
        1 => 0,
        2 => 1UL << (int)random.Below(64),
        _ => random.Next(),
    };

    /// <summary>A reset, a save and a restore in place, or everything opened up again.</summary>
    private static void Rarely(InterruptGuest guest, Xorshift random)
    {
        switch (random.Below(60))
        {
            case 0:
                guest.Gic.Reset();
                break;
            case 1:
                Assert.Empty(guest.Gic.Persistence.Restore(guest.Gic.Persistence.Save()));
                break;
            case < 20:
                guest.Guest.Gicd.Write32(0, 3);
                for (var vcpu = 0; vcpu < guest.Gic.VcpuCount; vcpu++)
                {
                    guest.Guest.Gicr(vcpu).Write32(0x1_0100, uint.MaxValue);
                    guest.Cpu(vcpu).Write(SystemRegister.IccIgrpen0, 1);
                    guest.Cpu(vcpu).Write(SystemRegister.IccIgrpen1, 1);
                    guest.Cpu(vcpu).Unmask();
                }

                break;
            default:
                break;
        }
    }

    /// <summary>A line that is high means that the acknowledge of its group takes something, and no other.</summary>
    private static int Take(InterruptGuest guest, Xorshift random, int vcpuCount, int lines)
    {
        var vcpu = (int)random.Below((uint)vcpuCount);
        var line = guest.Cpu(vcpu).Line;
        Must.Hold(!(line.IsIrqAsserted && line.IsFiqAsserted), $"both lines are high");
        if (!random.OneIn(2))
        {
            return 0;
        }

        var isGroup1 = line.IsIrqAsserted;
        var other = isGroup1 ? guest.Acknowledge0(vcpu) : guest.Acknowledge(vcpu);
        var intId = isGroup1 ? guest.Acknowledge(vcpu) : guest.Acknowledge0(vcpu);
        Must.Hold(other == InterruptGuest.Spurious, $"{other} is taken of a group whose line is low");
        Must.Hold(
            line.IsAsserted == (intId != InterruptGuest.Spurious), $"the line says {line}, the acknowledge {intId}");
        if (intId == InterruptGuest.Spurious)
        {
            return 0;
        }

        Must.Hold(intId < Math.Min(lines, 1020) || intId >= IntId.FirstLpi, $"{intId} does not exist");
        Must.Hold(intId >= IntId.FirstLpi || guest.IsActive(intId, vcpu), $"{intId} was taken and is not active");
        if (isGroup1)
        {
            guest.End(intId, vcpu);
        }
        else
        {
            guest.End0(intId, vcpu);
        }

        guest.Ended();
        return 1;
    }
}
