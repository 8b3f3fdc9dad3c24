using System.Diagnostics.CodeAnalysis;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.State;

/// <summary>
/// A guest that does anything at all, and its copy by save and restore at any moment, are the same from then on: in all
/// that can be seen, and after the same further steps.
/// </summary>
public class RandomContinuationTests
{
    private const int SeedsPerShape = 12;
    private const int StepsBefore = 400;
    private const int StepsAfter = 150;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [SuppressMessage("Design", "CA1031", Justification = "Whatever it is, the seed belongs to it.")]
    public void Copy_by_save_and_restore_goes_on_like_the_original(int shape)
    {
        for (var seed = 1UL; seed <= SeedsPerShape; seed++)
        {
            try
            {
                Compare(new Xorshift((seed * 100) + (ulong)shape), RandomGuest.Shapes[shape]);
            }
            catch (Exception exception)
            {
                Assert.Fail($"shape {shape}, seed {seed}: {exception}");
            }
        }
    }

    private static void Compare(Xorshift random, GuestOptions options)
    {
        var guest = RandomGuest.Started(options);
        for (var step = random.Below(StepsBefore); step > 0; step--)
        {
            RandomGuest.TakeOne(random, guest);
        }

        guest.Memory.Heal();
        var copy = ScriptedGuests.Copy(guest, overwriteConsumed: false);
        AssertSame(guest, copy);
        var seed = random.Next();
        Continue(guest, new Xorshift(seed));
        Continue(copy, new Xorshift(seed));
        AssertSame(guest, copy);
    }

    private static void Continue(Guest guest, Xorshift random)
    {
        for (var step = 0; step < StepsAfter; step++)
        {
            RandomGuest.TakeOne(random, guest);
        }

        guest.Memory.Heal();
    }

    private static void AssertSame(Guest guest, Guest copy)
    {
        Assert.Null(StateDifference.Between(guest.Gic.Persistence.Save(), copy.Gic.Persistence.Save()));
        Assert.Null(RamCopy.Difference(guest, copy));
        Assert.Equal(Snapshot.Of(guest), Snapshot.Of(copy));
        Assert.Equal(guest.Gic.HasRunnableCommands, copy.Gic.HasRunnableCommands);
    }
}
