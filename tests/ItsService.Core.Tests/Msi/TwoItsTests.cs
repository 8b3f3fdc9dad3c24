using ItsService.Core.Tests.Support;
using ItsService.Core.Translation;

namespace ItsService.Core.Tests.Msi;

/// <summary>
/// Two ITSs share the redistributors: what one does leaves the other's mappings and pending LPIs alone.
/// </summary>
public class TwoItsTests
{
    public static TheoryData<string, GuestCommand> CommandsOfTheFirst => new()
    {
        { "MAPD V=1", GuestCommand.Mapd(0, 16, Places.Itt(0)) },
        { "MAPD V=0", GuestCommand.MapdUnmap(0) },
        { "MAPC V=1", GuestCommand.Mapc(0, 3) },
        { "MAPC V=0", GuestCommand.MapcUnmap(0) },
        { "MAPTI", GuestCommand.Mapti(0, 0, 8300, 1) },
        { "MAPI", GuestCommand.Mapi(0, 8300, 1) },
        { "MOVI", GuestCommand.Movi(0, 0, 1) },
        { "DISCARD", GuestCommand.Discard(0, 0) },
        { "INV", GuestCommand.Inv(0, 0) },
        { "INT", GuestCommand.Int(0, 0) },
        { "CLEAR", GuestCommand.Clear(0, 0) },
        { "INVALL", GuestCommand.Invall(0) },
        { "SYNC", GuestCommand.Sync(0) },
        { "unknown", GuestCommand.Opcode(0x7F) },
    };

    [Theory]
    [MemberData(nameof(CommandsOfTheFirst), DisableDiscoveryEnumeration = true)]
    public void Command_of_one_leaves_the_other_alone(string name, GuestCommand command)
    {
        var guest = MappedAlike();
        guest.Cpu(0).MaskAll();
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0, its: 0));
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0, its: 1));
        var mappings = MappingsOf(guest, its: 1);
        guest.RunOn(0, command);

        Assert.Equal(mappings, MappingsOf(guest, its: 1));
        Assert.True(guest.PendingAt(0).Contains(8193u), name);
        Assert.Equal(MsiOutcome.Coalesced, guest.Signal(0, 0, its: 1));
        guest.Cpu(0).Unmask();
        Assert.Contains(8193u, guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Movall_of_either_moves_what_is_pending_at_the_redistributor()
    {
        var guest = MappedAlike();
        guest.Map(1, 0, 8400, collection: 2, cpu: 2, its: 1);
        guest.Signal(0, 0, its: 0);
        guest.Signal(0, 0, its: 1);
        guest.Signal(1, 0, its: 1);
        guest.RunOn(0, GuestCommand.Movall(0, 1));

        Assert.Empty(guest.PendingAt(0));
        Assert.Equal([8192u, 8193u], guest.PendingAt(1));
        Assert.Equal([8400u], guest.PendingAt(2));
    }

    [Fact]
    public void Same_event_of_both_is_two_lpis()
    {
        var guest = MappedAlike();
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0, its: 0));
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0, its: 1));

        Assert.Equal([8192u, 8193u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Lpi_mapped_by_both_outlives_one_of_the_mappings()
    {
        var guest = MappedAlike();
        guest.RunOn(1, GuestCommand.Mapti(0, 0, 8192, 0));
        guest.RunOn(0, GuestCommand.MapdUnmap(0));

        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0, its: 1));
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Disable_of_one_leaves_the_other_enabled()
    {
        var guest = MappedAlike();
        guest.Disable(0);

        Assert.Equal(MsiOutcome.DroppedItsDisabled, guest.Signal(0, 0, its: 0));
        Assert.Equal(MsiOutcome.Pended, guest.Signal(0, 0, its: 1));
    }

    [Fact]
    public void Events_name_the_its()
    {
        var guest = MappedAlike();
        guest.RunOn(1, GuestCommand.Int(9, 9));
        guest.Signal(9, 9, its: 1);

        Assert.All(guest.TakeEvents(), e => Assert.Equal(1, e.Its));
    }

    [Fact]
    public void Doorbell_belongs_to_its_own_its()
    {
        var guest = MappedAlike();
        guest.Gits(1).TryWrite(GitsOffset.Translater, 4, 0, new(0));

        Assert.Equal([8193u], guest.PendingAt(0));
    }

    /// <summary>(0, 0) is LPI 8192 on the first and 8193 on the second, both in their collection 0 on vCPU 0.</summary>
    private static Guest MappedAlike()
    {
        var guest = Guest.Started(new GuestOptions { ItsCount = 2 });
        guest.Map(0, 0, 8192, its: 0);
        guest.Map(0, 0, 8193, its: 1);
        guest.RunOn(0, GuestCommand.Mapc(1, 1));
        return guest;
    }

    private static string[] MappingsOf(Guest guest, int its) =>
        [.. Snapshot.Of(guest).Where(line => line.StartsWith($"its {its} ", StringComparison.Ordinal)
            || line.StartsWith($"Gits {its} ", StringComparison.Ordinal))];
}
