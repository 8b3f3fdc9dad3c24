using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.State;

/// <summary>Guests at the beginning of a script, copies of them, and what is compared at its end.</summary>
internal static class ScriptedGuests
{
    private const int SlotsOfPage = 4096 / GuestCommand.SizeBytes;

    // Devices and collections that nothing else maps: one of these commands shows if it is ever executed.
    private const uint VisibleCollection = 7000;

    public static GuestOptions Options(string profile, int itsCount) => new()
    {
        Profile = profile == "strict"
            ? GicProfiles.Kvm with { Name = profile, CommandErrorPolicy = CommandErrorPolicy.Stall }
            : Named.Profile(profile),
        ItsCount = itsCount,
        InlineCommandsMax = 0,
    };

    /// <summary>Everything enabled. The queue begins near its end, where it is to wrap.</summary>
    public static Guest Begin(GuestOptions options, bool wraps)
    {
        var guest = Guest.Started(options);
        for (var its = 0; wraps && its < options.ItsCount; its++)
        {
            guest.Disable(its);
            guest.PlaceQueue(its, 1);
            guest.Enable(its);
            guest.RunOn(its, [.. Enumerable.Repeat(GuestCommand.Sync(0), SlotsOfPage - 28)]);
        }

        return guest;
    }

    /// <summary>Another controller of the same shape over a copy of the memory, in the same state.</summary>
    public static Guest Copy(Guest guest, bool overwriteConsumed)
    {
        var copy = new Guest(guest.Options);
        RamCopy.Copy(guest, copy);
        if (overwriteConsumed)
        {
            OverwriteConsumed(copy, guest);
        }

        Assert.Empty(copy.Gic.Persistence.Restore(guest.Gic.Persistence.Save()));
        return copy;
    }

    /// <summary>Puts something else, which would show, into all slots that do not wait.</summary>
    public static void OverwriteConsumed(Guest copy, Guest guest)
    {
        foreach (var its in Enumerable.Range(0, guest.Options.ItsCount))
        {
            var queue = guest.Gic.Inspection.Its(its);
            var slots = (uint)queue.QueueSizeBytes / GuestCommand.SizeBytes;
            var write = (uint)queue.WriteOffset / GuestCommand.SizeBytes;
            var consumed = slots - ((write + slots - (queue.ReadOffset / GuestCommand.SizeBytes)) % slots);
            for (var number = 0u; number < consumed; number++)
            {
                copy.WriteCommand(
                    Places.Queue(its) + ((write + number) % slots * GuestCommand.SizeBytes),
                    GuestCommand.Mapc(VisibleCollection + (number % 1000), 0));
            }
        }
    }

    public static GuestRange[] Queues(Guest guest) =>
    [
        .. Enumerable.Range(0, guest.Options.ItsCount)
            .Select(its => new GuestRange(new GuestAddress(Places.Queue(its)), 16 * 4096)),
    ];

    /// <summary>Has the tables in memory written, so that they can be compared.</summary>
    public static void SaveTables(Guest guest)
    {
        guest.Gic.Pause();
        for (var its = 0; its < guest.Options.ItsCount; its++)
        {
            Assert.True(guest.Gic.Userspace.SaveTables(its).IsDone);
        }

        Assert.True(guest.Gic.Userspace.SavePendingTables().IsDone);
    }
}
