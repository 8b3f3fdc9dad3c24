using System.Text.RegularExpressions;
using ItsService.Core.GuestTables;
using ItsService.Core.State;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Userspace;

/// <summary>
/// Guests that do anything, sensible or not, moved by attributes and tables: what was saved can be restored, and then
/// all is as it was that KVM's format carries.
/// </summary>
public partial class RandomMoveTests
{
    private const ulong PendingTableZero = 1UL << 62;
    private const int SeedCount = 12;
    private const int StepCount = 300;

    public static TheoryData<int> Shapes => [.. Enumerable.Range(0, RandomGuest.Shapes.Length)];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Random_guest_is_moved_with_all_that_attributes_carry(int shape)
    {
        var moved = 0;
        for (var seed = 1UL; seed <= SeedCount; seed++)
        {
            var random = new Xorshift((seed * 1000) + (ulong)shape);
            var guest = RandomGuest.Started(RandomGuest.Shapes[shape]);
            for (var step = 0; step < StepCount; step++)
            {
                RandomGuest.TakeOne(random, guest);
            }

            guest.Memory.Heal();
            guest.Gic.Pause();
            if (!guest.Gic.Userspace.SaveAllTables().IsDone)
            {
                continue;
            }

            var copy = new Guest(guest.Options);
            RamCopy.Copy(guest, copy);
            copy.Gic.Pause();
            AttributeImage.Of(guest).WriteAll(new AttributePort(copy));
            var result = copy.Gic.Resume();
            if (!result.IsDone)
            {
                Assert.All(result.Problems, problem => Assert.True(
                    IsKnown(problem), $"seed {seed}: what was saved is not restored: {problem}"));
                continue;
            }

            moved++;
            var (expected, actual) = (guest.Gic.Persistence.Save(), copy.Gic.Persistence.Save());
            var difference = StateDifference.Between(expected, WithoutTheRest(actual, expected));
            Assert.True(difference is null, $"seed {seed}{difference}");
        }

        Assert.InRange(moved, SeedCount / 2, SeedCount);
    }

    /// <summary>
    /// What a save lets pass that no restore takes: what is outside RAM and holds no mapping, which is not written
    /// (docs/state.md). Those are slots in front of the first event or device, or of a table without one.
    /// </summary>
    private static bool IsKnown(RestoreProblem problem) =>
        problem.Kind == RestoreProblemKind.NotInRam && SlotsWithoutMapping().IsMatch(problem.Path);

    [GeneratedRegex(@"^its\[\d+\]\.(device\[0x[0-9A-F]+\]\.itt\[\d+\]|device_table(\[0x[0-9A-F]+\]|\.level1\[\d+\]))$")]
    private static partial Regex SlotsWithoutMapping();

    /// <summary>The parts of another state in place of those that are not carried, or not read by the image.</summary>
    private static GicState WithoutTheRest(GicState state, GicState other) => state with
    {
        Distributor = other.Distributor,
        CpuInterfaces = other.CpuInterfaces,
        Lpis = other.Lpis,
        FirstToStep = other.FirstToStep,
        Redistributors = [.. state.Redistributors.Zip(other.Redistributors, (own, its) => own with
        {
            PrivateInterrupts = its.PrivateInterrupts,
            PropbaserInForce = own.LpisEnabled ? own.PropbaserInForce : its.PropbaserInForce,
            Propbaser = state.Redistributors.All(one => one.LpisEnabled) ? its.Propbaser : own.Propbaser,
            Pendbaser = own.Pendbaser | (its.Pendbaser & PendingTableZero),
        })],
        Services = [.. state.Services.Zip(other.Services, (own, its) => own with
        {
            ControlFrame = own.ControlFrame with
            {
                Statusr = its.ControlFrame.Statusr,
                Umsir = its.ControlFrame.Umsir,
            },
        })],
    };
}
