using ItsService.Core.CpuInterface;

namespace ItsService.Core.Tests.CpuInterface;

/// <summary>ICC_APxRn by itself, for each number of pre-emption bits.</summary>
public class ActivePrioritiesTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Each_group_priority_has_a_bit_of_its_own(int bits)
    {
        for (var level = 0; level < 1 << bits; level++)
        {
            var active = new ActivePriorities(bits);
            active.Activate((byte)(level << (8 - bits)));

            Assert.Equal(1u << (level % 32), active.Read(level / 32));
            Assert.Equal((byte)(level << (8 - bits)), active.Highest);
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Drop_takes_the_highest_first(int bits)
    {
        var active = new ActivePriorities(bits);
        byte[] priorities = [0xF8, 0x08, 0x80, 0x40, 0x00];
        foreach (var priority in priorities)
        {
            active.Activate(priority);
        }

        foreach (var priority in priorities.Order())
        {
            Assert.Equal(priority, active.Highest);
            active.DropHighest();
        }

        Assert.Equal(ActivePriorities.Idle, active.Highest);
        active.DropHighest();
        Assert.Equal(ActivePriorities.Idle, active.Highest);
    }

    [Fact]
    public void Reset_forgets_all()
    {
        var active = new ActivePriorities(7);
        for (var number = 0; number < 4; number++)
        {
            active.Write(number, uint.MaxValue);
        }

        active.Restore([0, 0, 0, 0]);

        Assert.Equal(ActivePriorities.Idle, active.Highest);
    }
}
