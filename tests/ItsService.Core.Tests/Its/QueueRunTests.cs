using ItsService.Core.Commands;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Its;

/// <summary>
/// The queue as commands run through it: order, wrap, full, bounds (commands 1, conformance 59 to 75).
/// </summary>
public class QueueRunTests
{
    [Fact]
    public void One_command_moves_creadr_by_its_size()
    {
        var guest = Guest.Started();
        guest.Publish(0, GuestCommand.Sync(0));

        Assert.Equal(0x20UL, guest.Creadr());
    }

    [Fact]
    public void Cwriter_at_creadr_runs_nothing()
    {
        var guest = Guest.Started();
        guest.WriteCommand(Places.Queue(), GuestCommand.Mapc(0, 0));
        guest.Gits().Write64(GitsOffset.Cwriter, 0);

        Assert.Equal(0UL, guest.Creadr());
        Assert.Empty(guest.Gic.Inspection.Collections(0));
    }

    [Fact]
    public void Full_queue_holds_all_slots_but_one()
    {
        var guest = Guest.Started();
        guest.Run([.. Enumerable.Range(0, 2047).Select(number => GuestCommand.Mapc((uint)number, 0))]);

        Assert.Equal(0xFFE0UL, guest.Creadr());
        Assert.Equal(2047, guest.Gic.Inspection.Its(0).CollectionCount);
    }

    [Fact]
    public void Last_slot_wraps_to_the_first()
    {
        var guest = Guest.Started();
        MoveQueueTo(guest, 0xFFE0);
        guest.Publish(0, GuestCommand.Mapc(0, 0));

        Assert.Equal(0UL, guest.Creadr());
        Assert.Single(guest.Gic.Inspection.Collections(0));
    }

    [Fact]
    public void Batch_across_the_end_runs_in_order()
    {
        var guest = Guest.Started();
        MoveQueueTo(guest, 0xFFC0);
        guest.Publish(
            0,
            GuestCommand.Mapc(0, 0),
            GuestCommand.Mapd(0, 16, Places.Itt(0)),
            GuestCommand.Mapti(0, 0, 8192, 0),
            GuestCommand.Int(0, 0));

        Assert.Equal(0x40UL, guest.Creadr());
        Assert.Empty(guest.TakeErrors());
        Assert.Equal([8192u], guest.Cpu(0).TakeAll());
    }

    [Fact]
    public void Smallest_queue_wraps_twice()
    {
        var guest = Guest.Started();
        guest.Disable();
        guest.PlaceQueue(0, queuePages: 1);
        guest.Enable();
        for (var number = 0u; number < 300; number++)
        {
            guest.Run(GuestCommand.Mapc(number, 0));
        }

        Assert.Equal(300 * 32 % 4096, (int)guest.Creadr());
        Assert.Equal(300, guest.Gic.Inspection.Its(0).CollectionCount);
    }

    [Fact]
    public void Largest_queue_runs_32767_commands()
    {
        var guest = Guest.Started();
        guest.Disable();
        guest.PlaceQueue(0, queuePages: 256);
        guest.Enable();
        guest.Run([.. Enumerable.Range(0, 32767).Select(number => GuestCommand.Mapc((uint)number % 8192, 0))]);

        Assert.Equal(0xF_FFE0UL, guest.Creadr());
        Assert.Empty(guest.TakeErrors());
    }

    [Fact]
    public void Queue_is_read_at_a_52_bit_address()
    {
        var guest = Guest.Started();
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Cbaser, Guest.Valid | (Places.HighRam + 0x10_0000));
        guest.Enable();
        guest.Run(GuestCommand.Mapc(5, 2));

        Assert.Single(guest.Gic.Inspection.Collections(0));
    }

    [Fact]
    public void Consumed_slots_are_never_executed_again()
    {
        var guest = Guest.Started();
        guest.Run(GuestCommand.Sync(0), GuestCommand.Sync(0), GuestCommand.Sync(0));
        for (var slot = 0UL; slot < 3; slot++)
        {
            guest.WriteCommand(Places.Queue() + (slot * 32), GuestCommand.Mapc(9, 0));
        }

        guest.Run(GuestCommand.Mapc(1, 1));

        Assert.Equal(1u, Assert.Single(guest.Gic.Inspection.Collections(0)).Collection.Value);
    }

    [Theory]
    [InlineData(0x7F)]
    [InlineData(0x00)]
    [InlineData(0x02)]
    [InlineData(0x21)] // VMOVI
    [InlineData(0x22)] // VMOVP
    [InlineData(0x23)] // VSGI
    [InlineData(0x25)] // VSYNC
    [InlineData(0x29)] // VMAPP
    [InlineData(0x2A)] // VMAPTI
    [InlineData(0x2B)] // VMAPI
    [InlineData(0x2D)] // VINVALL
    [InlineData(0x2E)] // INVDB
    [InlineData(0xFF)]
    public void Unknown_opcode_is_skipped(byte opcode)
    {
        foreach (var profile in new[] { "kvm", "qemu" })
        {
            var guest = Guest.Started(new GuestOptions { Profile = Named.Profile(profile) });
            guest.Run(GuestCommand.Mapc(0, 0), GuestCommand.Opcode(opcode), GuestCommand.Mapc(1, 1));

            Assert.Equal([CommandError.UnknownOpcode], guest.TakeErrors());
            Assert.Equal(2, guest.Gic.Inspection.Its(0).CollectionCount);
        }
    }

    [Fact]
    public void Reserved_bits_of_a_command_are_ignored()
    {
        var guest = Guest.Started();
        guest.Run(new GuestCommand(0xFFFF_FFFF_FFFF_FF05, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue));
        guest.Run(
            GuestCommand.Mapc(0, 2) with { Dw1 = ulong.MaxValue, Dw3 = ulong.MaxValue, Dw0 = 0xFFFF_FFFF_FFFF_FF09 });

        Assert.Empty(guest.TakeErrors());
        Assert.Single(guest.Gic.Inspection.Collections(0));
    }

    [Fact]
    public void Unreadable_slot_is_skipped_by_kvm()
    {
        var guest = Guest.Started();
        guest.Disable();
        guest.Gits().Write64(GitsOffset.Cbaser, Guest.Valid | Places.OutsideRam | 15);
        guest.Enable();
        guest.Gits().Write64(GitsOffset.Cwriter, 0x20);

        Assert.Equal(0x20UL, guest.Creadr());
        Assert.Equal([CommandError.UnreadableSlot], guest.TakeErrors());
    }

    /// <summary>Runs harmless commands until CREADR stands at the offset.</summary>
    private static void MoveQueueTo(Guest guest, ulong offset)
    {
        guest.Run([.. Enumerable.Repeat(GuestCommand.Sync(0), (int)(offset / 32))]);
        Assert.Equal(offset, guest.Creadr());
    }
}
