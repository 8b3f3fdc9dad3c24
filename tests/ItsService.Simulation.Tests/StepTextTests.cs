using ItsService.Core;
using ItsService.Simulation.Memory;
using ItsService.Simulation.Shapes;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Tests;

public class StepTextTests
{
    private static readonly (string Line, SimulationStep Step)[] Lines =
    [
        ("read gicd 0 0x4 4  # GICD_TYPER", new ReadStep(FrameKind.Gicd, 0, 4, 4)),
        ("write gits 7 0x104 4 0xFFFFFFFF  # GITS_BASER0+4",
            new WriteStep(FrameKind.Gits, 7, 0x104, 4, uint.MaxValue)),
        ("write gits 0 0x10040 2 0x5 from 0xFFFFFFFF  # GITS_TRANSLATER",
            new WriteStep(FrameKind.Gits, 0, 0x10040, 2, 5, uint.MaxValue)),
        ("write gicr 511 0x5 1 0x0  # GICR_IIDR+1", new WriteStep(FrameKind.Gicr, 511, 5, 1, 0)),
        ("icc-read 3 ICC_IAR1_EL1", new SystemReadStep(3, 0xC660)),
        ("icc-write 3 0x1234 0xFFFFFFFFFFFFFFFF", new SystemWriteStep(3, 0x1234, ulong.MaxValue)),
        ("take 3 1", new TakeStep(3, 1, false)),
        ("take 0 0 deactivate", new TakeStep(0, 0, true)),
        ("line 1019 high", new LineStep(1019, null, true, false)),
        ("line 27 of 511 low notify", new LineStep(27, 511, false, true)),
        ("message 1 0xFFFFFFFF 0x0", new MessageStep(1, uint.MaxValue, 0)),
        ("fill 0x40000000 0x1000 0xA1", new FillStep(0x4000_0000, 0x1000, 0xA1)),
        ("fault everything 0x40000000 0x8", new FaultStep(FaultKind.Everything, 0x4000_0000, 8)),
        ("fault reads 0x0 0x1", new FaultStep(FaultKind.Reads, 0, 1)),
        ("fault writes 0x0 0x1", new FaultStep(FaultKind.Writes, 0, 1)),
        ("fault accesses 0x0 0x1", new FaultStep(FaultKind.Accesses, 0, 1)),
        ("heal", new HealStep()),
        ("evict 4096", new EvictStep(4096)),
        ("run 20", new RunStep(20)),
        ("pause", new PauseStep()),
        ("resume", new ResumeStep()),
        ("reset", new ResetStep()),
        ("restore", new RestoreStep()),
        ("repair 0 5,0,0,FFFFFFFFFFFFFFFF  # SYNC", new RepairStep(0, new Slot(5, 0, 0, ulong.MaxValue))),
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Lines.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Step_is_printed_and_parsed(int number)
    {
        var (line, step) = Lines[number];

        Assert.Equal(line, StepText.Print(step));
        Assert.Equal(step, StepText.Parse(line));
    }

    [Theory]
    [InlineData("submit 0 retry 200000008,7,8000000040080000,0  # MAPD 0x2 8 bits at 0x40080000")]
    [InlineData("submit 1 200000008,0,0,0 9,0,3,0  # MAPD 0x2 V=0; MAPC 3 V=0")]
    [InlineData("submit 0 20000000A,200300000014,3,0  # MAPTI 0x2 event 0x14 to 8195 in 3")]
    [InlineData("submit 0 E,0,10000,20000 21,0,0,0  # MOVALL 0x1 to 0x2; opcode 0x21")]
    [InlineData("place 0 5,0,0,0 5,0,0,0  # SYNC; SYNC")]
    [InlineData("memory 0x40000000 00FF")]
    public void Step_with_a_list_reads_back_as_it_was_printed(string line) =>
        Assert.Equal(line, StepText.Print(StepText.Parse(line)));

    [Theory]
    [InlineData("frobnicate", "'frobnicate' is no step")]
    [InlineData("read gicx 0 0 4", "'gicx' is no frame")]
    [InlineData("read gits 0 0", "ends too early")]
    [InlineData("read gits 0 0 3", "sizes are 1, 2, 4 and 8")]
    [InlineData("heal now", "'now' is one word too many")]
    [InlineData("message 0 0x100000000 0", "too large")]
    [InlineData("message 0 -1 0", "'-1' is no number")]
    [InlineData("submit 0 1,2,3", "four hexadecimal numbers")]
    [InlineData("memory 0x0 F", "hexadecimal digits")]
    [InlineData("fault sometimes 0 1", "'sometimes' is no fault")]
    [InlineData("take 0 2", "groups are 0 and 1")]
    [InlineData("line 40 up", "a line is high or low")]
    [InlineData("icc-read 0 ICC_NONE", "'ICC_NONE' is no number")]
    public void Line_that_is_no_step_is_refused_with_the_reason(string line, string reason)
    {
        var refusal = Assert.Throws<FormatException>(() => StepText.Parse(line));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Script_has_a_shape_comments_and_steps()
    {
        var shape = new Shape(ShapeProfile.Custom, 512, 8)
            .With(ShapeOption.PhysicalTargets, 1)
            .With(ShapeOption.IntIdBits, 24);
        var text = new Script(shape, [new HealStep(), new RunStep(1)]).Print("seed 5");

        Assert.Equal(
            "# seed 5\nprofile Custom\nvcpus 512\nits 8\noption IntIdBits 24\noption PhysicalTargets 1\nheal\nrun 1\n",
            text);
        var script = Script.Parse(text + "\n   # the end\n");
        Assert.Equal(text, script.Print("seed 5"));
    }

    [Theory]
    [InlineData("vcpus 513", "line 2: 'vcpus 513': the count must be 1..512")]
    [InlineData("its 0", "line 2: 'its 0': the count must be 1..8")]
    [InlineData("option Speed 3", "line 2: 'option Speed 3': 'Speed' is none of EventIdBits")]
    [InlineData("profile 1", "line 2: 'profile 1': '1' is none of Kvm, Qemu, Custom")]
    [InlineData("jump", "line 2: 'jump': 'jump' is no step")]
    public void Script_that_is_none_is_refused_by_line(string line, string reason)
    {
        var refusal = Assert.Throws<FormatException>(() => Script.Parse("# first\n" + line + "\n"));

        Assert.StartsWith(reason, refusal.Message, StringComparison.Ordinal);
    }
}
