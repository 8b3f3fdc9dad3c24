using ItsService.VmmPrototype.InterruptController;
using ItsService.VmmPrototype.Tests.Hosting;

namespace ItsService.VmmPrototype.Tests.Cpu;

public sealed class MachineTests : IDisposable
{
    private static readonly uint[] SaysHi =
    [
        0xD2A12001, // mov x1, #0x9000000
        0x52800D02, // mov w2, #0x68
        0xB9000022, // str w2, [x1]
        0x52800D22, // mov w2, #0x69
        0x39000022, // strb w2, [x1]
        0x52B08000, // mov w0, #0x84000000
        0x72800100, // movk w0, #0x8
        0xD4000002, // hvc #0x0
        0x14000000, // b 40080020
    ];

    private static readonly uint[] AsksForRestart =
    [
        0x52B08000, // mov w0, #0x84000000
        0x72800120, // movk w0, #0x9
        0xD4000002, // hvc #0x0
        0x14000000, // b 4008000c
    ];

    private static readonly uint[] SwitchesTheOtherOn =
    [
        0xD2A12005, // mov x5, #0x9000000
        0x52B08000, // mov w0, #0x84000000
        0xD4000002, // hvc #0x0
        0x53107C00, // lsr w0, w0, #16
        0x1100C000, // add w0, w0, #0x30
        0xB90000A0, // str w0, [x5]
        0x52B88000, // mov w0, #0xc4000000
        0x72800080, // movk w0, #0x4
        0xD2800021, // mov x1, #0x1
        0xD4000002, // hvc #0x0
        0x1100C000, // add w0, w0, #0x30
        0xB90000A0, // str w0, [x5]
        0x52B88000, // mov w0, #0xc4000000
        0x72800060, // movk w0, #0x3
        0xD2800021, // mov x1, #0x1
        0x100002A2, // adr x2, 40080090
        0xD2800F03, // mov x3, #0x78
        0xD4000002, // hvc #0x0
        0x1100C000, // add w0, w0, #0x30
        0xB90000A0, // str w0, [x5]
        0x52B88000, // mov w0, #0xc4000000
        0x72800060, // movk w0, #0x3
        0xD2800021, // mov x1, #0x1
        0xD4000002, // hvc #0x0
        0x4B0003E0, // neg w0, w0
        0x1100C000, // add w0, w0, #0x30
        0xB90000A0, // str w0, [x5]
        0x52B88000, // mov w0, #0xc4000000
        0x72800080, // movk w0, #0x4
        0xD2800021, // mov x1, #0x1
        0xD4000002, // hvc #0x0
        0x34FFFF80, // cbz w0, 4008006c
        0x52B08000, // mov w0, #0x84000000
        0x72800100, // movk w0, #0x8
        0xD4000002, // hvc #0x0
        0x14000000, // b 4008008c
        0xD2A12005, // mov x5, #0x9000000
        0xB90000A0, // str w0, [x5]
        0xD53800A1, // mrs x1, mpidr_el1
        0x12001C21, // and w1, w1, #0xff
        0x1100C021, // add w1, w1, #0x30
        0xB90000A1, // str w1, [x5]
        0x52B08000, // mov w0, #0x84000000
        0x72800040, // movk w0, #0x2
        0xD4000002, // hvc #0x0
        0x14000000, // b 400800b4
    ];

    private static readonly uint[] TakesUndefined =
    [
        0xD2A12005, // mov x5, #0x9000000
        0x10003FE0, // adr x0, 40080800
        0xD518C000, // msr vbar_el1, x0
        0x00000000,
        0x14000000, // b 40080010
        .. new uint[507],
        .. new uint[128],
        0xD5385201, // mrs x1, esr_el1
        0xD35AFC21, // lsr x1, x1, #26
        0x1100C021, // add w1, w1, #0x30
        0xB90000A1, // str w1, [x5]
        0xD5384022, // mrs x2, elr_el1
        0x91001042, // add x2, x2, #0x4
        0x10000063, // adr x3, 40080a24
        0xD5184023, // msr elr_el1, x3
        0xD69F03E0, // eret
        0x52B08000, // mov w0, #0x84000000
        0x72800100, // movk w0, #0x8
        0xD4000002, // hvc #0x0
        0x14000000, // b 40080a30
    ];

    private static readonly uint[] WritesADoubleword =
    [
        0xD2A10101, // mov x1, #0x8080000
        0xD2822222, // mov x2, #0x1111
        0xF2C44442, // movk x2, #0x2222, lsl #32
        0xF9004422, // str x2, [x1, #136]
        0x52B08000, // mov w0, #0x84000000
        0x72800100, // movk w0, #0x8
        0xD4000002, // hvc #0x0
        0x14000000, // b 4008001c
    ];

    private static readonly uint[] WaitsForItsTimer =
    [
        0xD53BE041, // mrs x1, cntvct_el0
        0x910FA021, // add x1, x1, #0x3e8
        0xD51BE341, // msr cntv_cval_el0, x1
        0xD2800022, // mov x2, #0x1
        0xD51BE322, // msr cntv_ctl_el0, x2
        0x91400424, // add x4, x1, #0x1, lsl #12
        0xD53BE042, // mrs x2, cntvct_el0
        0xEB04005F, // cmp x2, x4
        0x54FFFFC3, // b.cc 18
        0xD2800002, // mov x2, #0x0
        0xD51BE322, // msr cntv_ctl_el0, x2
        0x52B08000, // mov w0, #0x84000000
        0x72800100, // movk w0, #0x8
        0xD4000002, // hvc #0x0
        0x14000000, // b 38
    ];

    private readonly TinyGuest _guest = new();

    public MachineTests()
    {
        Needs.Engine();
    }

    public void Dispose() => _guest.Dispose();

    [Fact]
    public void A_program_that_is_no_Linux_runs_from_its_first_byte()
    {
        Assert.Equal(MachineEnd.PoweredOff, _guest.Run(1, SaysHi));
        Assert.Equal("hi", _guest.Sent);
    }

    [Fact]
    public void A_restart_ends_the_machine() => Assert.Equal(MachineEnd.Restarted, _guest.Run(1, AsksForRestart));

    [Fact]
    public void Psci_tells_its_version_and_switches_a_vcpu_on_and_off()
    {
        Assert.Equal(MachineEnd.PoweredOff, _guest.Run(2, SwitchesTheOtherOn));
        // Version 1; vCPU 1 is off; it was switched on; it is on already. And itself: its argument, its affinity.
        Assert.Equal("1104", string.Concat(_guest.Sent.Where(character => character != 'x').Take(4)));
        Assert.Equal("x1", _guest.Sent[_guest.Sent.IndexOf('x', StringComparison.Ordinal)..]);
    }

    [Fact]
    public void An_undefined_instruction_is_the_guests_to_handle()
    {
        Assert.Equal(MachineEnd.PoweredOff, _guest.Run(1, TakesUndefined));
        Assert.Equal("0", _guest.Sent);
    }

    [Fact]
    public void A_doubleword_arrives_in_halves_the_low_one_first()
    {
        _guest.Run(1, WritesADoubleword);

        Assert.Equal([(0x0808_0088, 4, 0x1111), (0x0808_008C, 4, 0x2222)], _guest.Controller.Writes);
    }

    [Fact]
    public void A_timer_fires_in_the_guests_time_and_its_wire_follows()
    {
        Assert.Equal(MachineEnd.PoweredOff, _guest.Run(1, WaitsForItsTimer));
        Assert.Equal(
            [new WireLevel(27, 0, true), new WireLevel(27, 0, false)],
            _guest.Controller.Levels.Where(level => level.IntId == 27));
    }
}
