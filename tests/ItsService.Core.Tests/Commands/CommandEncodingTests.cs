using System.Buffers.Binary;
using ItsService.Core.Commands;
using ItsService.Core.Identifiers;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Commands;

/// <summary>
/// The worked examples of commands section 3: first the driver that all other tests rest on, then Core.
/// </summary>
public class CommandEncodingTests
{
    public static TheoryData<string, GuestCommand, ulong[]> WorkedExamples => new()
    {
        { "MAPD", GuestCommand.Mapd(2, 8, 0x4008_0000), [0x0000_0002_0000_0008, 7, 0x8000_0000_4008_0000, 0] },
        { "MAPD V=0", GuestCommand.MapdUnmap(2), [0x0000_0002_0000_0008, 0, 0, 0] },
        { "MAPC", GuestCommand.Mapc(3, 3), [9, 0, 0x8000_0000_0003_0003, 0] },
        { "MAPTI", GuestCommand.Mapti(2, 20, 8195, 3), [0x0000_0002_0000_000A, 0x0000_2003_0000_0014, 3, 0] },
        { "INV", GuestCommand.Inv(2, 20), [0x0000_0002_0000_000C, 0x14, 0, 0] },
        { "INT", GuestCommand.Int(2, 20), [0x0000_0002_0000_0003, 0x14, 0, 0] },
        { "MOVALL", GuestCommand.Movall(1, 2), [0x0E, 0, 0x1_0000, 0x2_0000] },
        { "SYNC", GuestCommand.Sync(3), [5, 0, 0x3_0000, 0] },
        { "INVALL", GuestCommand.Invall(3), [0x0D, 0, 3, 0] },
    };

    [Theory]
    [MemberData(nameof(WorkedExamples), DisableDiscoveryEnumeration = true)]
    public void Encoder_gives_the_worked_example(string name, GuestCommand command, ulong[] doublewords)
    {
        ulong[] encoded = [command.Dw0, command.Dw1, command.Dw2, command.Dw3];

        Assert.True(doublewords.SequenceEqual(encoded), $"{name}: {command}");
    }

    [Fact]
    public void Packet_is_four_little_endian_doublewords()
    {
        var slot = new byte[32];
        for (var number = 0; number < 4; number++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(
                slot.AsSpan(8 * number), 0x1111_1111_1111_1111UL * (ulong)(number + 1));
        }

        Assert.Equal(
            new CommandPacket(
                0x1111_1111_1111_1111, 0x2222_2222_2222_2222, 0x3333_3333_3333_3333, 0x4444_4444_4444_4444),
            CommandPacket.Decode(slot));
    }

    [Fact]
    public void Packet_goes_back_into_the_slot_it_came_from()
    {
        var slot = Enumerable.Range(1, 32).Select(value => (byte)value).ToArray();
        var copy = new byte[32];
        CommandPacket.Decode(slot).Encode(copy);

        Assert.Equal(slot, copy);
    }

    [Fact]
    public void Packet_finds_the_fields_that_commands_share()
    {
        var packet = new CommandPacket(0xDEAD_BEEF_FFFF_FF0A, 0x0000_2003_1234_5678, 0x8000_0000_0003_ABCD, 0);

        Assert.Equal(CommandOpcode.Mapti, packet.Opcode);
        Assert.Equal(new DeviceId(0xDEAD_BEEF), packet.Device);
        Assert.Equal(new EventId(0x1234_5678), packet.Event);
        Assert.Equal(new CollectionId(0xABCD), packet.Collection);
        Assert.True(packet.Valid);
    }

    [Fact]
    public void Mapd_takes_five_bits_of_size()
    {
        Assert.Equal(32, MapdCommand.Decode(new CommandPacket(8, 0x1F, 0, 0)).EventIdBits);
        Assert.Equal(32, MapdCommand.Decode(new CommandPacket(8, ulong.MaxValue, 0, 0)).EventIdBits);
    }

    [Fact]
    public void Mapd_takes_address_bits_51_to_8()
    {
        var packet = new CommandPacket(8, 0, ulong.MaxValue, 0);

        Assert.Equal(new GuestAddress(0x000F_FFFF_FFFF_FF00), MapdCommand.Decode(packet).IttAddress);
    }

    [Fact]
    public void Target_fields_are_bits_51_to_16()
    {
        var packet = new CommandPacket(9, 0, 0x7FF1_2345_6789_FFFF, 0xFFF1_2345_6789_FFFF);

        Assert.Equal(0x1_2345_6789UL, MapcCommand.Decode(packet).TargetField);
        Assert.Equal(0x1_2345_6789UL, MovallCommand.Decode(packet).SourceField);
        Assert.Equal(0x1_2345_6789UL, MovallCommand.Decode(packet).DestinationField);
    }

    /// <summary>What diagnostics show of a command in error is what the command acted on.</summary>
    [Fact]
    public void Commands_take_their_fields_where_the_packet_shows_them()
    {
        var random = new Xorshift(7);
        for (var round = 0; round < 200; round++)
        {
            var packet = new CommandPacket(random.Next(), random.Next(), random.Next(), random.Next());

            Assert.Equal(
                new MapdCommand(packet.Device, packet.Valid, (int)packet.Size + 1, packet.IttAddress),
                MapdCommand.Decode(packet));
            Assert.Equal(
                new MapcCommand(packet.Collection, packet.Valid, packet.RdBase), MapcCommand.Decode(packet));
            Assert.Equal(
                new MaptiCommand(packet.Device, packet.Event, packet.Lpi, packet.Collection),
                MaptiCommand.Decode(packet));
            Assert.Equal(
                new MovallCommand(packet.RdBase, packet.SecondRdBase), MovallCommand.Decode(packet));
        }
    }

    [Fact]
    public void Mapti_takes_its_lpi_from_the_upper_half_of_the_second_doubleword()
    {
        var packet = new CommandPacket(0x0A, 0xFEDC_BA98_7654_3210, 0, 0);

        Assert.Equal(new IntId(0xFEDC_BA98), MaptiCommand.Decode(packet).Lpi);
        Assert.Equal(new EventId(0x7654_3210), MaptiCommand.Decode(packet).Event);
    }
}
