using Grpc.Core;
using ItsService.Server.Machines;

namespace ItsService.Server.Tests.Gates;

/// <summary>The gate by itself: one at a time, in the order of coming, and who waits holds no thread.</summary>
public class VmGateTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Free_gate_is_entered_at_once()
    {
        var gate = new VmGate();

        for (var round = 0; round < 3; round++)
        {
            var entry = gate.EnterAsync(Cancellation).AsTask();
            Assert.True(entry.IsCompletedSuccessfully);
            Assert.False(gate.TryEnter());
            (await entry).Dispose();
        }
    }

    [Fact]
    public async Task Those_who_wait_enter_in_the_order_in_which_they_came()
    {
        var gate = new VmGate();
        Assert.True(gate.TryEnter());
        var order = new List<int>();

        // All of them on this one thread: it would not come back from one that blocks.
        var waiting = Enumerable.Range(0, 50)
            .Select(number => EnterAsync(gate, () => order.Add(number), Cancellation))
            .ToArray();
        Assert.DoesNotContain(waiting, each => each.IsCompleted);
        gate.Leave();
        await Task.WhenAll(waiting).WithinLimit();

        Assert.Equal(Enumerable.Range(0, 50), order);
        Assert.True(gate.TryEnter(), "the gate is free again");
    }

    [Fact]
    public async Task Who_gives_up_has_not_entered_and_the_next_one_does()
    {
        var gate = new VmGate();
        Assert.True(gate.TryEnter());
        using var cancellation = new CancellationTokenSource();
        var entered = new List<string>();

        var first = EnterAsync(gate, () => entered.Add("first"), cancellation.Token);
        var second = EnterAsync(gate, () => entered.Add("second"), Cancellation);
        await cancellation.CancelAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => first.WithinLimit());
        gate.Leave();
        await second.WithinLimit();

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Equal(["second"], entered);
    }

    [Fact]
    public async Task Who_has_given_up_already_does_not_wait()
    {
        var gate = new VmGate();
        Assert.True(gate.TryEnter());

        var error = await Assert.ThrowsAsync<RpcException>(
            () => EnterAsync(gate, () => { }, new CancellationToken(canceled: true)).WithinLimit());
        gate.Leave();

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.True(gate.TryEnter(), "the gate is free again");
    }

    [Fact]
    public async Task Only_one_at_a_time_is_inside_however_many_come_and_give_up()
    {
        const int RoundsEach = 5000;
        var gate = new VmGate();
        var (inside, entries, unentered) = (0, 0, 0);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (var round = 0; round < RoundsEach; round++)
            {
                using var cancellation = new CancellationTokenSource();
                var entry = EnterAsync(gate, Enter, cancellation.Token);
                if ((round + caller) % 3 == 0)
                {
                    await cancellation.CancelAsync();
                }

                if (await Record.ExceptionAsync(() => entry) is not null)
                {
                    Interlocked.Increment(ref unentered);
                }
            }
        }, Cancellation))).WithinLimit();

        Assert.Equal(8 * RoundsEach, entries + unentered);
        Assert.True(gate.TryEnter(), "the gate is free again");

        void Enter()
        {
            Assert.Equal(1, Interlocked.Increment(ref inside));
            entries++;
            Interlocked.Decrement(ref inside);
        }
    }

    private static async Task EnterAsync(VmGate gate, Action inside, CancellationToken call)
    {
        using var entry = await gate.EnterAsync(call);
        inside();
    }
}
