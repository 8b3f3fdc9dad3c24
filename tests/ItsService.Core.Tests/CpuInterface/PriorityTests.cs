using ItsService.Core.CpuInterface;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.CpuInterface;

/// <summary>PMR, BPR, RPR, APR: what may be signalled, pre-emption and priority drop (redistributor-lpi 9.2).</summary>
public class PriorityTests
{
    [Theory]
    [InlineData(5, 0xF8UL)]
    [InlineData(6, 0xFCUL)]
    [InlineData(7, 0xFEUL)]
    public void Mask_keeps_the_implemented_bits(int priorityBits, ulong kept)
    {
        var guest = Guest.Started(WithBits(priorityBits));

        Assert.Equal(kept, guest.Cpu(0).Read(SystemRegister.IccPmr));
        Assert.Equal((ulong)priorityBits - 1, (guest.Cpu(0).Read(SystemRegister.IccCtlr) >> 8) & 7);
    }

    [Theory]
    [InlineData(0x00, false)]
    [InlineData(0x78, false)]
    [InlineData(0x80, false)] // equal is not enough
    [InlineData(0x88, true)]
    [InlineData(0xF8, true)]
    public void Only_a_higher_priority_than_the_mask_is_signalled(byte mask, bool isSignalled)
    {
        var guest = Guest.WithPending((8192, 0x81));
        guest.Cpu(0).Mask(mask);

        Assert.Equal(isSignalled, guest.Cpu(0).IsAsserted);
        Assert.Equal(isSignalled ? 8192u : CpuPort.Spurious, guest.Cpu(0).Acknowledge());
    }

    [Fact]
    public void Lowest_priority_is_never_signalled()
    {
        var guest = Guest.WithPending((8192, 0xF9));

        Assert.False(guest.Cpu(0).IsAsserted);
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());
    }

    [Fact]
    public void Higher_priority_preempts_and_the_drop_goes_back_step_by_step()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Mapd(0, 16, Places.Itt(0)), GuestCommand.Mapc(0, 0));
        byte[] configurations = [0xA1, 0x61, 0x21];
        for (var number = 0u; number < 3; number++)
        {
            guest.Configure(8192 + number, configurations[number]);
            guest.Run(GuestCommand.Mapti(0, number, 8192 + number, 0), GuestCommand.Int(0, number));
            Assert.True(guest.Cpu(0).IsAsserted);
            Assert.Equal(8192 + number, guest.Cpu(0).Acknowledge());
            Assert.Equal(configurations[number] & 0xFCUL, guest.Cpu(0).RunningPriority);
        }

        Assert.Equal((1UL << 20) | (1UL << 12) | (1UL << 4), guest.Cpu(0).Read(SystemRegister.IccAp1R0));
        guest.Cpu(0).End(8194);
        Assert.Equal(0x60UL, guest.Cpu(0).RunningPriority);
        guest.Cpu(0).End(8193);
        Assert.Equal(0xA0UL, guest.Cpu(0).RunningPriority);
        guest.Cpu(0).End(8192);
        Assert.Equal(0xFFUL, guest.Cpu(0).RunningPriority);
        Assert.Equal(0UL, guest.Cpu(0).Read(SystemRegister.IccAp1R0));
    }

    [Theory]
    [InlineData(0xA1)] // the same
    [InlineData(0xA5)] // another priority of the same group priority
    [InlineData(0xC1)] // a lower one
    public void Same_or_lower_group_priority_waits_for_the_drop(byte configuration)
    {
        var guest = Guest.WithPending((8192, 0xA1));
        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
        guest.Configure(8193, configuration);
        guest.Run(GuestCommand.Mapti(0, 1, 8193, 0), GuestCommand.Int(0, 1));
        Assert.False(guest.Cpu(0).IsAsserted);
        Assert.Equal(CpuPort.Spurious, guest.Cpu(0).Acknowledge());

        guest.Cpu(0).End(8192);

        Assert.True(guest.Cpu(0).IsAsserted);
        Assert.Equal(8193u, guest.Cpu(0).Acknowledge());
    }

    [Theory]
    [InlineData(3, 0x88, true)] // [7:3]: 0x88 against 0x90
    [InlineData(3, 0x90, false)]
    [InlineData(4, 0x88, true)] // [7:4]: 0x80 against 0x90
    [InlineData(5, 0x88, false)] // [7:5]: 0x80 against 0x80
    [InlineData(5, 0x60, true)] // [7:5]: 0x60 against 0x80
    [InlineData(6, 0x88, false)] // [7:6]: 0x80 against 0x80
    [InlineData(6, 0x60, true)] // [7:6]: 0x40 against 0x80
    [InlineData(7, 0x88, false)] // [7:7]: 0x80 against 0x80
    [InlineData(7, 0x60, true)] // [7:7]: 0x00 against 0x80
    public void Binary_point_splits_the_group_priority(int binaryPoint, byte second, bool preempts)
    {
        var guest = Guest.WithPending((8192, 0x91));
        guest.Cpu(0).Write(SystemRegister.IccBpr1, (ulong)binaryPoint);
        guest.Cpu(0).Acknowledge();
        guest.Configure(8193, (byte)(second | 1));
        guest.Run(GuestCommand.Mapti(0, 1, 8193, 0), GuestCommand.Int(0, 1));

        Assert.Equal(preempts, guest.Cpu(0).IsAsserted);
        Assert.Equal(preempts ? 8193u : CpuPort.Spurious, guest.Cpu(0).Acknowledge());
    }

    [Theory]
    [InlineData(3, 0x90UL)]
    [InlineData(4, 0x90UL)]
    [InlineData(5, 0x80UL)]
    [InlineData(7, 0x80UL)]
    public void Running_priority_is_the_group_priority(int binaryPoint, ulong running)
    {
        var guest = Guest.WithPending((8192, 0x95));
        guest.Cpu(0).Write(SystemRegister.IccBpr1, (ulong)binaryPoint);
        guest.Cpu(0).Acknowledge();

        Assert.Equal(running, guest.Cpu(0).RunningPriority);
    }

    [Theory]
    [InlineData(5, 2UL, 3UL)]
    [InlineData(6, 1UL, 2UL)]
    [InlineData(7, 0UL, 1UL)]
    public void Binary_points_have_their_minimum(int priorityBits, ulong minimum0, ulong minimum1)
    {
        var cpu = Guest.Started(WithBits(priorityBits)).Cpu(0);
        cpu.Write(SystemRegister.IccBpr0, 0);
        cpu.Write(SystemRegister.IccBpr1, 0);
        Assert.Equal((minimum0, minimum1), (cpu.Read(SystemRegister.IccBpr0), cpu.Read(SystemRegister.IccBpr1)));

        cpu.Write(SystemRegister.IccBpr0, 7);
        cpu.Write(SystemRegister.IccBpr1, 0xFF);
        Assert.Equal((7UL, 7UL), (cpu.Read(SystemRegister.IccBpr0), cpu.Read(SystemRegister.IccBpr1)));
    }

    [Fact]
    public void Common_binary_point_is_that_of_group_0()
    {
        var guest = Guest.WithPending((8192, 0x91));
        var cpu = guest.Cpu(0);
        cpu.Write(SystemRegister.IccBpr1, 6);
        cpu.Write(SystemRegister.IccBpr0, 3);
        cpu.Write(SystemRegister.IccCtlr, 1);
        Assert.Equal(4UL, cpu.Read(SystemRegister.IccBpr1));
        cpu.Write(SystemRegister.IccBpr1, 7); // ignored
        Assert.Equal(4UL, cpu.Read(SystemRegister.IccBpr1));

        cpu.Acknowledge();
        Assert.Equal(0x90UL, cpu.RunningPriority); // [7:4]

        cpu.Write(SystemRegister.IccCtlr, 0);
        Assert.Equal(6UL, cpu.Read(SystemRegister.IccBpr1));
    }

    [Fact]
    public void Common_binary_point_of_7_leaves_no_group_priority()
    {
        var guest = Guest.WithPending((8192, 0x91));
        guest.Cpu(0).Write(SystemRegister.IccBpr0, 7);
        guest.Cpu(0).Write(SystemRegister.IccCtlr, 1);

        Assert.Equal(8192u, guest.Cpu(0).Acknowledge());
        Assert.Equal(0UL, guest.Cpu(0).RunningPriority);
        guest.Cpu(0).End(8192);
        Assert.Equal(0xFFUL, guest.Cpu(0).RunningPriority);
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    [InlineData(7, 4)]
    public void There_are_as_many_active_priority_registers_as_bits_need(int priorityBits, int count)
    {
        var cpu = Guest.Started(WithBits(priorityBits)).Cpu(0);
        for (var number = 0; number < 4; number++)
        {
            cpu.Write(SystemRegister.IccAp1R0 + number, 0x8000_0001);
            cpu.Write(SystemRegister.IccAp0R0 + number, 0x4000_0000);

            Assert.Equal(number < count ? 0x8000_0001UL : 0, cpu.Read(SystemRegister.IccAp1R0 + number));
            Assert.Equal(number < count ? 0x4000_0000UL : 0, cpu.Read(SystemRegister.IccAp0R0 + number));
        }
    }

    [Fact]
    public void Running_priority_is_the_highest_of_both_groups()
    {
        var cpu = Guest.Started().Cpu(0);
        cpu.Write(SystemRegister.IccAp1R0, 1u << 20);
        Assert.Equal(0xA0UL, cpu.RunningPriority);
        cpu.Write(SystemRegister.IccAp0R0, 1u << 4);
        Assert.Equal(0x20UL, cpu.RunningPriority);
        cpu.Write(SystemRegister.IccEoir0, 40);
        Assert.Equal(0xA0UL, cpu.RunningPriority);
    }

    [Fact]
    public void Active_priority_written_by_software_holds_interrupts_back()
    {
        var guest = Guest.WithPending((8192, 0xA1));
        guest.Cpu(0).Write(SystemRegister.IccAp1R0, 1u << 20);
        Assert.False(guest.Cpu(0).IsAsserted);
        guest.Cpu(0).Write(SystemRegister.IccAp1R0, 1u << 21);

        Assert.True(guest.Cpu(0).IsAsserted);
    }

    [Theory]
    [InlineData(6, false)] // both are 0x80 of [7:6]
    [InlineData(5, false)]
    [InlineData(4, true)] // 0xA0 and 0xB0 of [7:4]
    public void Binary_point_is_that_of_what_runs_too(uint binaryPoint, bool isSignalled)
    {
        var guest = Guest.WithPending((8192, 0xA1));
        guest.Cpu(0).Write(SystemRegister.IccAp1R0, 1u << 22); // 0xB0
        guest.Cpu(0).Write(SystemRegister.IccBpr1, binaryPoint);

        Assert.Equal(isSignalled, guest.Cpu(0).IsAsserted);
    }

    [Fact]
    public void Binary_point_without_group_priorities_lets_one_in_where_nothing_runs()
    {
        var guest = Guest.WithPending((8192, 0x91), (8193, 0x01));
        guest.Cpu(0).Write(SystemRegister.IccBpr0, 7);
        guest.Cpu(0).Write(SystemRegister.IccCtlr, 1);

        Assert.Equal(8193u, guest.Cpu(0).Acknowledge());
        Assert.False(guest.Cpu(0).IsAsserted);
        guest.Cpu(0).End(8193);
        Assert.True(guest.Cpu(0).IsAsserted);
    }

    [Fact]
    public void Control_keeps_cbpr_and_eoimode_alone()
    {
        var cpu = Guest.Started().Cpu(0);
        cpu.Write(SystemRegister.IccCtlr, ulong.MaxValue);

        Assert.Equal(0x403UL, cpu.Read(SystemRegister.IccCtlr));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(6UL)]
    [InlineData(ulong.MaxValue)]
    public void System_registers_cannot_be_turned_off(ulong value)
    {
        var cpu = Guest.Started().Cpu(0);
        cpu.Write(SystemRegister.IccSre, value);

        Assert.Equal(7UL, cpu.Read(SystemRegister.IccSre));
    }

    [Fact]
    public void Unknown_system_register_reads_zero_and_ignores_writes()
    {
        var guest = Guest.Started();
        var before = Snapshot.Of(guest);
        foreach (var encoding in new[] { 0, 1, 0xC231, 0xC64C, 0xC65D, 0xFFFF, -1 })
        {
            guest.Cpu(0).Write((SystemRegister)encoding, ulong.MaxValue);
            Assert.Equal(0UL, guest.Cpu(0).Read((SystemRegister)encoding));
        }

        Assert.Equal(before, Snapshot.Of(guest));
    }

    [Fact]
    public void System_register_map_has_the_architectures_encodings()
    {
        foreach (var row in SystemRegisterMap.Rows)
        {
            Assert.Same(row, SystemRegisterMap.Find(row.Register));
        }

        Assert.Null(SystemRegisterMap.Find(SystemRegister.None));
        Assert.Equal((int)SystemRegister.IccPmr, Encode(3, 0, 4, 6, 0));
        Assert.Equal((int)SystemRegister.IccAp1R3, Encode(3, 0, 12, 9, 3));
        Assert.Equal((int)SystemRegister.IccRpr, Encode(3, 0, 12, 11, 3));
        Assert.Equal((int)SystemRegister.IccIar1, Encode(3, 0, 12, 12, 0));
        Assert.Equal((int)SystemRegister.IccIgrpen1, Encode(3, 0, 12, 12, 7));
    }

    private static int Encode(int op0, int op1, int crn, int crm, int op2) =>
        (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;

    private static GuestOptions WithBits(int priorityBits) =>
        new() { Profile = GicProfiles.Kvm with { PriorityBits = priorityBits } };
}
