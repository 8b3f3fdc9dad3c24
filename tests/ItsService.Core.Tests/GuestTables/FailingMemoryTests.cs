using ItsService.Core.Identifiers;
using ItsService.Core.State;
using ItsService.Core.Tests.State;
using ItsService.Core.Tests.Support;
using ItsService.Core.Tests.Userspace;
using ItsService.Core.Userspace;

namespace ItsService.Core.Tests.GuestTables;

/// <summary>
/// Memory that fails or is not resident at each single access of a restore and of a save, one after the other: what is
/// refused has changed nothing, and done again it comes to the same end.
/// </summary>
public class FailingMemoryTests
{
    private static readonly GuestOptions Options = new() { ItsCount = 2, VcpuCount = 2 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Restore_does_all_or_nothing_whichever_access_fails(bool isAbsent)
    {
        var donor = Donor();
        ScriptedGuests.SaveTables(donor);
        var image = AttributeImage.Of(donor);
        var expected = donor.Gic.Persistence.Save() with { FirstToStep = 0 };
        var refused = 0;
        var number = 0;
        for (; ; number++)
        {
            var (guest, before) = Staged(donor, image);
            guest.Memory.FailOnce(number, isAbsent);
            var result = guest.Gic.Resume();
            if (!guest.Memory.HasFailedOnce)
            {
                break;
            }

            if (!result.IsDone)
            {
                refused++;
                AssertRefused(guest, result, before, isAbsent, number);
                var memory = RamCopy.Difference(donor, guest);
                Assert.True(memory is null, $"access {number}: memory at {memory}");
                new AttributePort(guest).Resume();
            }

            var difference = StateDifference.Between(expected, guest.Gic.Persistence.Save());
            Assert.True(difference is null, $"access {number}{difference}");
        }

        Assert.InRange(number, 20, 10_000);
        Assert.InRange(refused, 10, number);
    }

    /// <summary>Each round begins the restore again, so that it asks for whole tables.</summary>
    [Fact]
    public void Restore_of_memory_that_is_absent_page_by_page_takes_few_rounds()
    {
        const uint EventCount = 20_000;
        var donor = Guest.Started();
        donor.Run(GuestCommand.Mapc(0, 0), GuestCommand.Mapd(1, 16, Places.Itt(1)));
        for (var first = 0u; first < EventCount; first += 1000)
        {
            donor.Run([.. Enumerable.Range(0, 1000).Select(
                n => GuestCommand.Mapti(1, first + (uint)n, 8192 + first + (uint)n, 0))]);
        }

        ScriptedGuests.SaveTables(donor);
        var guest = new Guest();
        RamCopy.Copy(donor, guest);
        guest.Gic.Pause();
        AttributeImage.Of(donor).WriteAll(new AttributePort(guest));
        foreach (var (table, bytes) in new[]
        {
            (Places.DeviceTable(), 0x1_0000UL), (Places.CollectionTable(), 0x1_0000UL), (Places.Itt(1), 0x8_0000UL),
            (Places.ConfigurationTable, 0xE000UL), (Places.PendingTable(0), 0x4_0000UL),
        })
        {
            for (var offset = 0UL; offset < bytes; offset += 4096)
            {
                guest.Memory.MakeAbsent(new GuestRange(new GuestAddress(table + offset), 4096));
            }
        }

        var rounds = 0;
        for (var result = guest.Gic.Resume(); !result.IsDone; result = guest.Gic.Resume())
        {
            Assert.Equal(AccessStatus.NotResident, result.Status);
            guest.Memory.Fetch(result.Missing);
            rounds++;
        }

        Assert.InRange(rounds, 5, 12);
        Assert.Equal((int)EventCount, guest.Gic.Inspection.Events(0, new DeviceId(1)).Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Save_can_be_done_again_whichever_access_fails(bool isAbsent)
    {
        var donor = Donor();
        var state = donor.Gic.Persistence.Save();
        var written = Copy(donor, state);
        ScriptedGuests.SaveTables(written);
        for (var number = 0; ; number++)
        {
            var guest = Copy(donor, state);
            guest.Gic.Pause();
            guest.Memory.FailOnce(number, isAbsent);
            var results = new[]
            {
                guest.Gic.Userspace.SaveTables(0), guest.Gic.Userspace.SaveTables(1),
                guest.Gic.Userspace.SavePendingTables(),
            };
            if (!guest.Memory.HasFailedOnce)
            {
                Assert.InRange(number, 10, 10_000);
                break;
            }

            Assert.Null(StateDifference.Between(state, guest.Gic.Persistence.Save()));
            if (isAbsent || Array.Exists(results, result => !result.IsDone))
            {
                Assert.Contains(results, result => isAbsent
                    ? result.Status == AccessStatus.NotResident && result.Missing.LengthBytes > 0
                    : result.Problems.Count == 1);
            }
            else
            {
                // It was one to look for tables over one another, and what cannot be read is none.
                Assert.Null(RamCopy.Difference(written, guest));
            }

            ScriptedGuests.SaveTables(guest);
            Assert.Null(RamCopy.Difference(written, guest));
        }
    }

    private static void AssertRefused(Guest guest, CommitResult result, GicState before, bool isAbsent, int number)
    {
        Assert.Equal(isAbsent ? AccessStatus.NotResident : AccessStatus.Ok, result.Status);
        Assert.Equal(isAbsent, result.Problems.Count == 0);
        Assert.Equal(isAbsent, result.Missing.LengthBytes > 0);
        Assert.Equal(RunState.Paused, guest.Gic.State);
        Assert.True(guest.Gic.Userspace.HasStaged);
        var difference = StateDifference.Between(before, guest.Gic.Persistence.Save());
        Assert.True(difference is null, $"access {number}{difference}");
    }

    private static (Guest Guest, GicState Before) Staged(Guest donor, AttributeImage image)
    {
        var guest = new Guest(Options);
        RamCopy.Copy(donor, guest);
        guest.Gic.Pause();
        image.WriteAll(new AttributePort(guest));
        return (guest, guest.Gic.Persistence.Save());
    }

    private static Guest Copy(Guest donor, GicState state)
    {
        var guest = new Guest(Options);
        RamCopy.Copy(donor, guest);
        Assert.Empty(guest.Gic.Persistence.Restore(state));
        return guest;
    }

    /// <summary>Two ITSs, the first with a device table of two levels, and LPIs pending at both vCPUs.</summary>
    private static Guest Donor()
    {
        var guest = Guest.Started(Options);
        guest.Disable();
        guest.Gits().Write64(
            GitsOffset.Baser0, Guest.Valid | Guest.Indirect | Places.DeviceTable() | Guest.Pages64K);
        guest.Write64(Places.DeviceTable(), TableEntries.Level1(Places.DeviceTable() + 0x1_0000));
        guest.Enable();
        for (var its = 0; its < 2; its++)
        {
            var first = 8192 + ((uint)its * 16);
            guest.RunOn(
                its,
                GuestCommand.Mapc(0, 0), GuestCommand.Mapc(1, 1),
                GuestCommand.Mapd(3, 4, Places.Itt(3, its)), GuestCommand.Mapd(9, 10, Places.Itt(9, its)),
                GuestCommand.Mapti(3, 0, first, 0), GuestCommand.Mapti(3, 1, first + 1, 1),
                GuestCommand.Mapti(9, 600, first + 2, 1), GuestCommand.Mapti(9, 601, first + 3, 7),
                GuestCommand.Int(3, 0), GuestCommand.Int(9, 600));
        }

        Assert.Empty(guest.TakeErrors());
        return guest;
    }
}
