using ItsService.VmmPrototype.Engine;
using ItsService.VmmPrototype.Tests.Hosting;

namespace ItsService.VmmPrototype.Tests.Cpu;

public class EngineCheckTests
{
    [Fact]
    public void The_engine_keeps_its_state_where_this_program_looks()
    {
        Needs.Engine();

        // AArch64, translated as EL1 does.
        Assert.Equal(0x8200_0000u, EngineCheck.FlagsAtEl1 & 0x8F00_0000);
    }
}
