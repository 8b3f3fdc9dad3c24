using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Properties;

/// <summary>Nothing that a guest writes makes the controller throw or run without end.</summary>
public class HostileGuestProperties
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_bytes_as_commands_do_no_harm(int shape)
    {
        for (var seed = 1UL; seed <= 8; seed++)
        {
            RunGuarded(seed, shape, (random, guest) =>
            {
                for (var batch = 0; batch < 30; batch++)
                {
                    guest.Publish(0, [.. Enumerable.Range(0, 20).Select(_ => RandomGuest.NextCommand(random))]);
                    for (var step = 0; step < 3; step++)
                    {
                        guest.Gic.Step(10);
                    }

                    if (guest.Creadr() % 2 == 1)
                    {
                        guest.Gits().Write64(GitsOffset.Cwriter, guest.Cwriter() | 1);
                    }
                }
            });
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_accesses_do_no_harm(int shape)
    {
        for (var seed = 101UL; seed <= 108; seed++)
        {
            RunGuarded(seed, shape, (random, guest) =>
            {
                for (var step = 0; step < 1500; step++)
                {
                    RandomGuest.TakeOne(random, guest);
                }

                guest.Memory.Heal();
                guest.Gic.Reset();
                Assert.Empty(guest.PendingAt(0));
            });
        }
    }

    private static void RunGuarded(ulong seed, int shape, Action<Xorshift, Guest> run)
    {
        try
        {
            run(new Xorshift(seed), RandomGuest.Started(RandomGuest.Shapes[shape]));
        }
#pragma warning disable CA1031 // Whatever it is, the seed belongs to it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Assert.Fail($"Shape {shape}, seed {seed}: {exception}");
        }
    }
}
