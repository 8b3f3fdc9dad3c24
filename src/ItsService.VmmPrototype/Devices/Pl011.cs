using System.Collections.Concurrent;
using ItsService.VmmPrototype.Engine;

namespace ItsService.VmmPrototype.Devices;

/// <summary>
/// ARM's PrimeCell UART PL011, r1p5. What is sent is out at once; what is received waits in a FIFO without an end.
/// </summary>
internal sealed class Pl011(Wire wire, Action<byte> transmit) : IMmioDevice
{
    private const uint Data = 0x00;
    private const uint ReceiveStatus = 0x04;
    private const uint Flags = 0x18;
    private const uint IntegerBaudRate = 0x24;
    private const uint FractionalBaudRate = 0x28;
    private const uint LineControl = 0x2C;
    private const uint Control = 0x30;
    private const uint FifoLevels = 0x34;
    private const uint InterruptMask = 0x38;
    private const uint RawInterrupts = 0x3C;
    private const uint MaskedInterrupts = 0x40;
    private const uint InterruptClear = 0x44;
    private const uint Identification = 0xFE0;

    private const uint FlagReceiveEmpty = 1 << 4;
    private const uint FlagTransmitEmpty = 1 << 7;
    private const uint InterruptReceive = 1 << 4;
    private const uint InterruptTransmit = 1 << 5;
    private const uint InterruptReceiveTimeout = 1 << 6;
    private const uint AllInterrupts = 0x7FF;

    // UARTPeriphID0..3 and UARTPCellID0..3. A driver that does not find them does not use the device.
    private static readonly byte[] Identity = [0x11, 0x10, 0x34, 0x00, 0x0D, 0xF0, 0x05, 0xB1];

    private readonly ConcurrentQueue<byte> _received = new();
    private uint _integerBaudRate;
    private uint _fractionalBaudRate;
    private uint _lineControl;
    private uint _control = 0x300;
    private uint _fifoLevels = 0x12;
    private uint _mask;
    private uint _raw;

    /// <summary>Puts a byte into the FIFO. On any thread; <see cref="Poll"/> tells the guest.</summary>
    public void Receive(byte value) => _received.Enqueue(value);

    /// <summary>Tells the guest what has been received. On the guest's thread.</summary>
    public void Poll()
    {
        if (!_received.IsEmpty && (_raw & InterruptReceive) == 0)
        {
            Raise(InterruptReceive | InterruptReceiveTimeout);
        }
    }

    public ulong Read(ulong offset, int sizeBytes) => (uint)offset switch
    {
        Data => ReadData(),
        Flags => FlagTransmitEmpty | (_received.IsEmpty ? FlagReceiveEmpty : 0),
        IntegerBaudRate => _integerBaudRate,
        FractionalBaudRate => _fractionalBaudRate,
        LineControl => _lineControl,
        Control => _control,
        FifoLevels => _fifoLevels,
        InterruptMask => _mask,
        RawInterrupts => _raw,
        MaskedInterrupts => _raw & _mask,
        >= Identification and < 0x1000 => Identity[((uint)offset - Identification) / 4],
        _ => 0,
    };

    public void Write(ulong offset, int sizeBytes, ulong value)
    {
        var word = (uint)value;
        switch ((uint)offset)
        {
            case Data:
                transmit((byte)word);
                Raise(InterruptTransmit);
                break;
            case ReceiveStatus:
                break;
            case IntegerBaudRate:
                _integerBaudRate = word & 0xFFFF;
                break;
            case FractionalBaudRate:
                _fractionalBaudRate = word & 0x3F;
                break;
            case LineControl:
                _lineControl = word & 0xFF;
                break;
            case Control:
                _control = word & 0xFFFF;
                break;
            case FifoLevels:
                _fifoLevels = word & 0x3F;
                break;
            case InterruptMask:
                _mask = word & AllInterrupts;
                UpdateWire();
                break;
            case InterruptClear:
                _raw &= ~word;
                UpdateWire();
                break;
        }
    }

    private uint ReadData()
    {
        _received.TryDequeue(out var value);
        if (_received.IsEmpty)
        {
            _raw &= ~(InterruptReceive | InterruptReceiveTimeout);
            UpdateWire();
        }

        return value;
    }

    private void Raise(uint interrupts)
    {
        _raw |= interrupts;
        UpdateWire();
    }

    private void UpdateWire() => wire.Set((_raw & _mask) != 0);
}
