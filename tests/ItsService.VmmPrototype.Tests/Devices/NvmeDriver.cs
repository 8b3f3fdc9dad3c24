using System.Buffers.Binary;
using ItsService.VmmPrototype.Devices.Nvme;
using ItsService.VmmPrototype.Devices.Pci;
using ItsService.VmmPrototype.Memory;
using ItsService.VmmPrototype.Tests.Hosting;

namespace ItsService.VmmPrototype.Tests.Devices;

/// <summary>
/// What a guest's driver does with a controller: configuration space, registers, queues of eight entries.
/// </summary>
internal sealed class NvmeDriver : IDisposable
{
    public const ulong Buffer = MemoryMap.Ram + 0x10_0000;
    public const ulong Doorbell = 0x0809_0040;
    public const int Slot = 1;

    private const ulong AdminSubmissions = MemoryMap.Ram;
    private const ulong AdminCompletions = MemoryMap.Ram + 0x1000;
    private const ulong Bar = MemoryMap.PciMemory;
    private const ulong FunctionConfiguration = Slot << 15;
    private const int QueueEntries = 8;

    private readonly NvmeDisk _disk = new(MappedBytes.Private(1 << 20));
    private readonly PciBus _bus = new();
    private readonly Dictionary<int, (uint Tail, uint Head, bool Phase)> _queues = [];
    private ushort _identifier;

    public NvmeDriver(int ioQueuesMax = 2)
    {
        Function = new NvmeController(
            Ram, _disk, ioQueuesMax, (address, data) => Controller.SignalMsi(address, data, PciBus.RequesterId(Slot)));
        _bus.Insert(Slot, Function);
    }

    public GuestRam Ram { get; } = new(MappedBytes.Private(4 << 20));

    public RecordingController Controller { get; } = new();

    public NvmeController Function { get; }

    public uint ReadConfiguration(ulong offset, int sizeBytes = 4) =>
        (uint)_bus.Configuration.Read(FunctionConfiguration + offset, sizeBytes);

    public void WriteConfiguration(ulong offset, uint value, int sizeBytes = 4) =>
        _bus.Configuration.Write(FunctionConfiguration + offset, sizeBytes, value);

    public uint Read(ulong offset) => (uint)_bus.Memory.Read(offset, 4);

    public void Write(ulong offset, uint value) => _bus.Memory.Write(offset, 4, value);

    /// <summary>Finds the function a place, sets up MSI-X, and enables the controller.</summary>
    public NvmeDriver Enable()
    {
        WriteConfiguration(0x10, (uint)Bar);
        WriteConfiguration(0x14, 0);
        WriteConfiguration(0x04, 0x6, 2);
        for (var vector = 0u; vector < 3; vector++)
        {
            Write(0x2000 + (16 * vector), (uint)Doorbell);
            Write(0x2008 + (16 * vector), vector);
            Write(0x200C + (16 * vector), 0);
        }

        WriteConfiguration(0x42, 0x8000, 2);
        Write(0x24, ((QueueEntries - 1) << 16) | (QueueEntries - 1));
        Write(0x28, (uint)AdminSubmissions);
        Write(0x30, (uint)AdminCompletions);
        Write(0x14, 0x0046_0001);
        _queues[0] = (0, 0, true);
        return this;
    }

    /// <summary>Creates a pair of queues with a vector of its number.</summary>
    public void CreateQueues(int number)
    {
        var size = (uint)((QueueEntries - 1) << 16) | (uint)number;
        var upper = (uint)number << 16;
        Assert.Equal(0u, Admin(0x05, prp1: CompletionsOf(number), word10: size, word11: upper | 3).Status);
        Assert.Equal(0u, Admin(0x01, prp1: SubmissionsOf(number), word10: size, word11: upper | 1).Status);
        _queues[number] = (0, 0, true);
    }

    public (uint Status, uint Value) Admin(
        byte opcode, uint namespaceId = 0, ulong prp1 = 0, uint word10 = 0, uint word11 = 0) =>
        Submit(0, opcode, namespaceId, prp1, 0, word10, word11, 0);

    /// <summary>Reads or writes blocks from <see cref="Buffer"/> on.</summary>
    public uint Transfer(byte opcode, uint firstBlock, uint count, ulong prp1, ulong prp2 = 0, int queue = 1) =>
        Submit(queue, opcode, 1, prp1, prp2, firstBlock, 0, count - 1).Status;

    public void Dispose()
    {
        _disk.Dispose();
        Ram.Dispose();
    }

    private static ulong SubmissionsOf(int queue) => AdminSubmissions + ((ulong)queue * 0x2000);

    private static ulong CompletionsOf(int queue) => AdminCompletions + ((ulong)queue * 0x2000);

    private (uint Status, uint Value) Submit(
        int queue, byte opcode, uint namespaceId, ulong prp1, ulong prp2, uint word10, uint word11, uint word12)
    {
        var (tail, head, phase) = _queues[queue];
        var entry = Ram.Span(SubmissionsOf(queue) + (64 * tail), 64);
        entry.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(entry, opcode | ((uint)++_identifier << 16));
        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], namespaceId);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[24..], prp1);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[32..], prp2);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[40..], word10);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[44..], word11);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[48..], word12);
        tail = (tail + 1) % QueueEntries;
        Write(0x1000 + (8 * (uint)queue), tail);

        var completion = Ram.Span(CompletionsOf(queue) + (16 * head), 16);
        var last = BinaryPrimitives.ReadUInt32LittleEndian(completion[12..]);
        Assert.Equal(_identifier, (ushort)last);
        Assert.Equal(phase, (last & (1 << 16)) != 0);
        Assert.Equal(tail | ((uint)queue << 16), BinaryPrimitives.ReadUInt32LittleEndian(completion[8..]));
        head = (head + 1) % QueueEntries;
        _queues[queue] = (tail, head, head == 0 ? !phase : phase);
        Write(0x1004 + (8 * (uint)queue), head);
        // Without "do not retry".
        return ((last >> 17) & 0x7FF, BinaryPrimitives.ReadUInt32LittleEndian(completion));
    }
}
