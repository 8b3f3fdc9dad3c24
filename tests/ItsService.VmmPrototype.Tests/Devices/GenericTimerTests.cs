using ItsService.VmmPrototype.Devices;
using ItsService.VmmPrototype.InterruptController;
using ItsService.VmmPrototype.Tests.Hosting;

namespace ItsService.VmmPrototype.Tests.Devices;

public class GenericTimerTests
{
    private readonly RecordingController _controller = new();
    private readonly GenericTimer _timer;

    public GenericTimerTests()
    {
        _timer = new GenericTimer(new Wire(_controller, 27, vcpu: 2));
    }

    [Fact]
    public void It_fires_when_its_time_has_come_and_not_before()
    {
        _timer.WriteCompareValue(100, now: 0);
        _timer.WriteControl(1, now: 0);

        Assert.Equal(100u, _timer.Deadline);
        Assert.False(_timer.IsAsserted(99));
        Assert.True(_timer.IsAsserted(100));
        Assert.Equal(1u, _timer.ReadControl(99));
        Assert.Equal(5u, _timer.ReadControl(100));
    }

    [Fact]
    public void A_masked_timer_shows_its_status_and_asserts_nothing()
    {
        _timer.WriteCompareValue(100, now: 0);
        _timer.WriteControl(3, now: 200);

        Assert.Equal(7u, _timer.ReadControl(200));
        Assert.False(_timer.IsAsserted(200));
        Assert.Equal(ulong.MaxValue, _timer.Deadline);
    }

    [Fact]
    public void Writing_a_later_time_lets_the_wire_go_at_once()
    {
        _timer.WriteCompareValue(100, now: 0);
        _timer.WriteControl(1, now: 150);
        _timer.WriteCompareValue(300, now: 160);

        Assert.Equal([new WireLevel(27, 2, true), new WireLevel(27, 2, false)], _controller.Levels);
    }

    [Fact]
    public void The_timer_value_is_signed_and_counts_down()
    {
        _timer.WriteTimerValue(50, now: 1000);
        Assert.Equal(1050u, _timer.ReadCompareValue());
        Assert.Equal(20u, _timer.ReadTimerValue(1030));
        Assert.Equal(0xFFFF_FFFFu, _timer.ReadTimerValue(1051));

        _timer.WriteTimerValue(0xFFFF_FFF6, now: 1000);
        Assert.Equal(990u, _timer.ReadCompareValue());
    }
}
