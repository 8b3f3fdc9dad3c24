using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;
using ItsService.Core.Tracing;

namespace ItsService.Core.Tests.Tracing;

/// <summary>Who listens changes nothing: a guest that is traced and one that is not are the same.</summary>
public class TraceInfluenceTests
{
    private const int StepCount = 600;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Traced_guest_does_what_it_does_alone(int shape)
    {
        for (var seed = 1UL; seed <= 5; seed++)
        {
            var options = RandomGuest.Shapes[shape];
            var (alone, traced) = (RandomGuest.Started(options), RandomGuest.Started(options));
            var (aloneRandom, tracedRandom, host) = (new Xorshift(seed), new Xorshift(seed), new Xorshift(seed + 100));
            traced.Traced(capacity: 20);
            var told = 0L;
            for (var step = 1; step <= StepCount; step++)
            {
                RandomGuest.TakeOne(aloneRandom, alone);
                RandomGuest.TakeOne(tracedRandom, traced);
                told += traced.Gic.Trace!.Events.Length;
                if (host.OneIn(3))
                {
                    traced.Gic.Trace.Clear();
                }

                if (host.OneIn(200))
                {
                    traced.Gic.Trace = new TraceTap(1 + (int)host.Below(50));
                }

                if (step % 50 == 0)
                {
                    AssertSame(alone, traced);
                }
            }

            Assert.NotEqual(0, told);
        }
    }

    private static void AssertSame(Guest alone, Guest traced)
    {
        Assert.Null(StateDifference.Between(alone.Gic.Persistence.Save(), traced.Gic.Persistence.Save()));
        Assert.Equal(Snapshot.Of(alone), Snapshot.Of(traced));
        Assert.Equal(alone.Gic.Events.TotalCount, traced.Gic.Events.TotalCount);
        Assert.Equal(alone.Gic.Counters.Commands(), traced.Gic.Counters.Commands());
    }
}
