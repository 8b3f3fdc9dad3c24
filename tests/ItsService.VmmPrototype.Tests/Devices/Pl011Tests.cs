using ItsService.VmmPrototype.Devices;
using ItsService.VmmPrototype.InterruptController;
using ItsService.VmmPrototype.Tests.Hosting;

namespace ItsService.VmmPrototype.Tests.Devices;

public class Pl011Tests
{
    private const ulong Data = 0x00;
    private const ulong Flags = 0x18;
    private const ulong Mask = 0x38;
    private const ulong Masked = 0x40;
    private const ulong Clear = 0x44;
    private const ulong Transmit = 0x20;
    private const ulong Receive = 0x10;
    private const ulong ReceiveEmpty = 0x10;

    private readonly RecordingController _controller = new();
    private readonly List<byte> _sent = [];
    private readonly Pl011 _uart;

    public Pl011Tests()
    {
        _uart = new Pl011(new Wire(_controller, MemoryMap.UartIntId), _sent.Add);
    }

    [Fact]
    public void A_driver_finds_the_identity_of_a_PL011() => Assert.Equal(
        [0x11, 0x10, 0x34, 0x00, 0x0D, 0xF0, 0x05, 0xB1],
        Enumerable.Range(0, 8).Select(number => _uart.Read(0xFE0 + ((ulong)number * 4), 4)));

    [Fact]
    public void What_is_written_is_sent()
    {
        _uart.Write(Data, 4, 'h');
        _uart.Write(Data, 1, 'i');

        Assert.Equal("hi"u8.ToArray(), _sent);
    }

    [Fact]
    public void The_wire_follows_an_unmasked_interrupt_and_is_told_of_changes_alone()
    {
        _uart.Write(Mask, 4, Transmit);
        _uart.Write(Data, 4, 'a');
        _uart.Write(Data, 4, 'b');
        Assert.Equal(Transmit, _uart.Read(Masked, 4));
        _uart.Write(Clear, 4, Transmit);
        _uart.Write(Clear, 4, Transmit);

        Assert.Equal([Level(true), Level(false)], _controller.Levels);
    }

    [Fact]
    public void A_masked_interrupt_leaves_the_wire_alone()
    {
        _uart.Write(Data, 4, 'a');

        Assert.Empty(_controller.Levels);
        _uart.Write(Mask, 4, Transmit);
        Assert.Equal([Level(true)], _controller.Levels);
    }

    [Fact]
    public void What_is_received_is_told_and_read_in_order()
    {
        _uart.Write(Mask, 4, Receive);
        _uart.Receive((byte)'x');
        _uart.Receive((byte)'y');
        Assert.Empty(_controller.Levels);
        _uart.Poll();

        Assert.Equal([Level(true)], _controller.Levels);
        Assert.Equal(0u, _uart.Read(Flags, 4) & ReceiveEmpty);
        Assert.Equal('x', (char)_uart.Read(Data, 4));
        Assert.Equal('y', (char)_uart.Read(Data, 4));
        Assert.Equal(ReceiveEmpty, _uart.Read(Flags, 4) & ReceiveEmpty);
        Assert.Equal([Level(true), Level(false)], _controller.Levels);
    }

    private static WireLevel Level(bool isAsserted) => new(33, null, isAsserted);
}
