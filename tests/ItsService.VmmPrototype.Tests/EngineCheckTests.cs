using ItsService.VmmPrototype.Engine;

namespace ItsService.VmmPrototype.Tests;

public class EngineCheckTests
{
    [Fact]
    public void The_engine_keeps_its_state_where_this_program_looks()
    {
        Assert.NotEqual(0u, EngineCheck.FlagsAtEl1);
    }
}
