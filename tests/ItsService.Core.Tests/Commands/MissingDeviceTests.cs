using ItsService.Core.Commands;
using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Commands;

/// <summary>
/// What the seven commands that name a mapped device say of one that no MAPD has mapped: the device table decides, and
/// it decides the same for all (commands section 6, "Range rules").
/// </summary>
public class MissingDeviceTests
{
    private const uint Device = 5;
    private const uint OutOfRange = 0x01;
    private const uint Unmapped = 0x04;
    private const ulong Level2 = Places.Scratch;

    private static readonly GuestCommand[] Commands =
    [
        GuestCommand.Movi(Device, 0, 0),
        GuestCommand.Int(Device, 0),
        GuestCommand.Clear(Device, 0),
        GuestCommand.Mapti(Device, 0, 8192, 0),
        GuestCommand.Mapi(Device, 8192, 0),
        GuestCommand.Inv(Device, 0),
        GuestCommand.Discard(Device, 0),
    ];

    private static readonly uint[] CodesOfCommands =
        [0x01_0100, 0x01_0300, 0x01_0500, 0x01_0A00, 0x01_0B00, 0x01_0C00, 0x01_0F00];

    /// <summary>
    /// GITS_BASER0, the level-1 entry of the device, the condition, and whether memory was in the way.
    /// </summary>
    public static TheoryData<string, ulong, ulong, uint, bool> Tables => new()
    {
        { "flat", Places.DeviceTable(), 0, Unmapped, false },
        { "flat, outside RAM", Places.OutsideRam, 0, OutOfRange, true },
        { "flat, in read-only RAM", Places.Rom, 0, OutOfRange, true },
        { "two-level", Guest.Indirect | Places.DeviceTable(), Guest.Valid | Level2, Unmapped, false },
        { "level-1 entry not valid", Guest.Indirect | Places.DeviceTable(), Level2, OutOfRange, false },
        { "level-1 table outside RAM", Guest.Indirect | Places.OutsideRam, 0, OutOfRange, true },
        {
            "level-2 page outside RAM", Guest.Indirect | Places.DeviceTable(), Guest.Valid | Places.OutsideRam,
            OutOfRange, true
        },
    };

    [Theory]
    [MemberData(nameof(Tables), DisableDiscoveryEnumeration = true)]
    public void All_commands_tell_the_same_condition(
        string table, ulong baser0, ulong level1Entry, uint condition, bool isMemoryError)
    {
        var policy = isMemoryError ? CommandErrorPolicy.Continue : CommandErrorPolicy.StallOnMemoryError;
        var guest = WithDeviceTable(GicProfiles.Kvm with { CommandErrorPolicy = policy }, baser0, level1Entry);
        guest.Run(Commands);

        var told = guest.TakeErrors().Select(error => $"{table} 0x{(uint)error:X6}");
        Assert.Equal(CodesOfCommands.Select(code => $"{table} 0x{code | condition:X6}"), told);
        Assert.Equal(1, IntCommandsThatEnded(guest, condition));
    }

    [Theory]
    [MemberData(nameof(Tables), DisableDiscoveryEnumeration = true)]
    public void Queue_stalls_on_it_where_memory_was_in_the_way_alone(
        string table, ulong baser0, ulong level1Entry, uint condition, bool isMemoryError)
    {
        foreach (var (command, code) in Commands.Zip(CodesOfCommands))
        {
            var guest = WithDeviceTable(GicProfiles.Qemu, baser0, level1Entry);
            guest.Publish(0, command);

            var told = Assert.Single(guest.TakeEvents());
            Assert.Equal(
                (table, isMemoryError ? GicEventKind.QueueStalled : GicEventKind.CommandFailed, code | condition),
                (table, told.Kind, (uint)told.Error));
            Assert.Equal(isMemoryError ? 1UL : GuestCommand.SizeBytes, guest.Creadr());
        }
    }

    [Fact]
    public void All_commands_wait_for_a_level_1_entry_that_is_not_resident()
    {
        var level1 = new GuestRange(new GuestAddress(Places.DeviceTable()), 8);
        foreach (var (command, code) in Commands.Zip(CodesOfCommands))
        {
            var guest = WithDeviceTable(GicProfiles.Kvm, Guest.Indirect | Places.DeviceTable(), level1Entry: 0);
            guest.Memory.MakeAbsent(level1);
            guest.Publish(0, command);

            var waiting = guest.Gic.Step(10);
            Assert.Equal(new StepResult(AccessStatus.NotResident, 0, HasMore: true, level1), waiting);
            Assert.Equal(0, IntCommandsThatEnded(guest, OutOfRange) + IntCommandsThatEnded(guest, Unmapped));
            Assert.Empty(guest.TakeEvents());

            guest.Memory.Fetch(waiting.Missing);
            guest.Drain();
            Assert.Equal([(CommandError)(code | OutOfRange)], guest.TakeErrors());
            Assert.Equal(GuestCommand.SizeBytes, (int)guest.Creadr());
        }
    }

    [Fact]
    public void Message_does_not_wait()
    {
        var guest = WithDeviceTable(GicProfiles.Kvm, Guest.Indirect | Places.DeviceTable(), level1Entry: 0);
        guest.Memory.MakeAbsent(new GuestRange(new GuestAddress(Places.DeviceTable()), 8));

        Assert.Equal(MsiOutcome.DroppedDeviceUnmapped, guest.Signal(Device, 0));
    }

    private static long IntCommandsThatEnded(Guest guest, uint condition)
    {
        var counters = guest.Gic.Counters;
        return condition == Unmapped
            ? counters.IntCommands(MsiOutcome.DroppedDeviceUnmapped)
            : counters.IntCommands(MsiOutcome.DroppedDeviceOutOfRange)
                + counters.IntCommands(MsiOutcome.DroppedLevel1Invalid);
    }

    private static Guest WithDeviceTable(GicProfile profile, ulong baser0, ulong level1Entry)
    {
        var guest = Guest.Started(new GuestOptions { Profile = profile });
        guest.Disable();
        guest.Write64(Places.DeviceTable(), level1Entry);
        guest.Gits().Write64(GitsOffset.Baser0, Guest.Valid | baser0 | Guest.Pages64K);
        guest.Enable();
        return guest;
    }
}
