using ItsService.VmmPrototype.Running;

namespace ItsService.VmmPrototype.Tests.Running;

/// <summary>Which keys are the guest's.</summary>
public class GuestMoverTests
{
    private const byte Escape = 0x01;

    [Fact]
    public void Keys_are_the_guests_but_for_what_follows_the_escape()
    {
        var mover = MoverOf(new GuestMoves
        {
            At = [],
            ByCheckpoint = true,
            Next = _ => throw new InvalidOperationException("none of these keys moves anything"),
        });

        byte?[] taken = [.. "s\u0001\u0001s\u0001xs\u0001"u8.ToArray().Select(mover.TakeKey)];

        Assert.Equal(
            [(byte)'s', null, Escape, (byte)'s', null, (byte)'x', (byte)'s', null], taken);
    }

    [Fact]
    public void Without_moves_all_keys_are_the_guests()
    {
        var mover = MoverOf(moves: null);

        Assert.Equal([Escape, (byte)'s'], new byte?[] { mover.TakeKey(Escape), mover.TakeKey((byte)'s') });
    }

    // None of these keys moves anything.
    private static GuestMover MoverOf(GuestMoves? moves) => new(moves, null!, null!, CancellationToken.None);
}
