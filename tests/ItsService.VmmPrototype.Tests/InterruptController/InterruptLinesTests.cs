using ItsService.Protocol.V1;
using ItsService.VmmPrototype.InterruptController;

namespace ItsService.VmmPrototype.Tests.InterruptController;

public class InterruptLinesTests
{
    private readonly InterruptLines _lines = new(vcpuCount: 2);

    [Fact]
    public void The_newer_of_two_reports_counts_whichever_comes_first()
    {
        _lines.Update([new VcpuLine { Vcpu = 1, IrqAsserted = false, Generation = 4 }]);
        _lines.Update([new VcpuLine { Vcpu = 1, IrqAsserted = true, Generation = 3 }]);

        Assert.False(_lines.IsAsserted(1));
    }

    [Fact]
    public void Irq_and_fiq_are_told_apart()
    {
        _lines.Update([new VcpuLine { Vcpu = 0, FiqAsserted = true, Generation = 1 }]);

        Assert.True(_lines.IsAsserted(0));
        Assert.True(_lines.IsFiqAsserted(0));
        Assert.False(_lines.IsIrqAsserted(0));
    }

    [Fact]
    public void Who_sleeps_is_woken_by_an_asserted_line_alone()
    {
        var wakes = 0;
        _lines.Asserted += () => wakes++;
        _lines.Update([new VcpuLine { Vcpu = 0, IrqAsserted = true, Generation = 1 }]);
        _lines.Update([new VcpuLine { Vcpu = 0, IrqAsserted = false, Generation = 2 }]);

        Assert.Equal(1, wakes);
    }
}
