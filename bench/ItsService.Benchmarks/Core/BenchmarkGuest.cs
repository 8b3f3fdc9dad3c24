using System.Buffers.Binary;
using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Profiles;

namespace ItsService.Benchmarks.Core;

/// <summary>
/// A driver with an interrupt controller in its own process and 32 MiB of contiguous RAM: it starts everything, maps
/// devices and events by commands, and takes interrupts.
/// </summary>
internal sealed class BenchmarkGuest
{
    public const int QueueBytes = 1 << 20;
    public const int CommandBytes = 32;

    /// <summary>A full queue holds one command less than it has slots.</summary>
    public const int QueueCommandsMax = (QueueBytes / CommandBytes) - 1;

    private const ulong Ram = 0x4000_0000;
    private const int RamBytes = 32 << 20;
    private const ulong DeviceTable = Ram;
    private const ulong Level2Page = Ram + 0x1_0000;
    private const ulong CollectionTable = Ram + 0x2_0000;
    private const ulong Queue = Ram + 0x10_0000;
    private const ulong ConfigurationTable = Ram + 0x20_0000;
    private const ulong PendingTables = Ram + 0x60_0000;
    private const ulong PendingTableBytes = 0x4_0000;
    private const int PendingTableCount = 40;
    private const ulong PendingTableZero = 1UL << 62;
    private const ulong TranslationTables = Ram + 0x100_0000;
    private const ulong TranslationTableBytes = 0x8_0000;
    private const int Cwriter = 0x88;
    private const ulong Valid = 1UL << 63;
    private const ulong Indirect = 1UL << 62;
    private const ulong Pages64K = 2UL << 8;
    private const byte EnabledAtA0 = 0xA3;

    private readonly byte[] _ram = GC.AllocateArray<byte>(RamBytes);
    private int _writeOffset;
    private int _readOffset;

    public BenchmarkGuest(
        int intIdBits = 16, bool twoLevelDeviceTable = false, int vcpuCount = 4, int inlineCommandsMax = 2048)
    {
        VcpuCount = vcpuCount;
        IntIdBits = intIdBits;
        Configuration = new VirtualGicConfiguration
        {
            Profile = GicProfiles.Kvm with { IntIdBits = intIdBits },
            Affinities = [.. Enumerable.Range(0, VcpuCount).Select(index => Affinity.Default(new(index)))],
            InlineCommandsMax = inlineCommandsMax,
        };
        Gic = new VirtualGic(Configuration, new ContiguousGuestMemory(new GuestAddress(Ram), _ram));
        StartRedistributors();
        StartIts(twoLevelDeviceTable);
    }

    public VirtualGic Gic { get; }

    public VirtualGicConfiguration Configuration { get; }

    private int VcpuCount { get; }

    private int IntIdBits { get; }

    /// <summary>
    /// Maps each device with as many EventID bits as needed, and its events to LPIs that follow one another, vCPU after
    /// vCPU.
    /// </summary>
    public void Map(int deviceCount, int eventsPerDevice)
    {
        MapCollections();
        MapDevices(deviceCount, eventsPerDevice);
        for (var number = 0; number < deviceCount * eventsPerDevice; number++)
        {
            var (device, eventId) = ((uint)(number / eventsPerDevice), (uint)(number % eventsPerDevice));
            PutMapti(device, eventId, IntId.FirstLpi + (uint)number, (uint)(number % VcpuCount));
        }

        Run();
    }

    public void MapCollections()
    {
        for (var vcpu = 0UL; vcpu < (ulong)VcpuCount; vcpu++)
        {
            Put(0x09, 0, Valid | (vcpu << 16) | vcpu, 0);
        }
    }

    /// <summary>Maps devices 0 and on; one that was mapped loses its events.</summary>
    public void MapDevices(int deviceCount, int eventsPerDevice)
    {
        for (var device = 0u; device < deviceCount; device++)
        {
            MapDevice(device, Math.Max(1, 32 - int.LeadingZeroCount(eventsPerDevice - 1)));
        }
    }

    /// <summary>
    /// Devices share 16 places for their tables, since the RAM ends there: the service writes none of them.
    /// </summary>
    public void MapDevice(uint device, int eventIdBits)
    {
        var table = TranslationTables + (device % 16 * TranslationTableBytes);
        Put(((ulong)device << 32) | 0x08, (ulong)(eventIdBits - 1), Valid | table, 0);
    }

    public void PutMapti(uint device, uint eventId, uint lpi, uint collection) =>
        Put(((ulong)device << 32) | 0x0A, ((ulong)lpi << 32) | eventId, collection, 0);

    public void PutInt(uint device, uint eventId) => Put(((ulong)device << 32) | 0x03, eventId, 0, 0);

    public void PutInvall(uint collection) => Put(0x0D, 0, collection, 0);

    /// <summary>Moves CWRITER past what was put, and steps until all of it is executed.</summary>
    public void Run()
    {
        Write(FrameKind.Gits, 0, Cwriter, 8, (ulong)_writeOffset);
        Drain();
    }

    /// <summary>Moves CWRITER back, so that it leaves so many of the commands that wait.</summary>
    public void KeepCommands(int count) =>
        Write(FrameKind.Gits, 0, Cwriter, 8, (ulong)((_readOffset + (count * CommandBytes)) % QueueBytes));

    /// <summary>Steps until what waits is executed, whoever put it there.</summary>
    public void Drain()
    {
        while (Gic.HasRunnableCommands)
        {
            Gic.Step(int.MaxValue);
        }

        _writeOffset = (int)Gic.ReadRegister(new FrameLocation(FrameKind.Gits, 0, Cwriter), 8).Value;
        _readOffset = _writeOffset;
        if (Gic.Events.Count != 0)
        {
            throw new InvalidOperationException($"The benchmark's own commands fail: {Gic.Events.After(0).Take(1)[0]}");
        }
    }

    /// <summary>Acknowledges and ends all that the vCPUs can take.</summary>
    public int TakeAll()
    {
        var taken = 0;
        for (var index = 0; index < VcpuCount; index++)
        {
            var vcpu = new VcpuIndex(index);
            while (Gic.ReadSystemRegister(vcpu, SystemRegister.IccIar1).Value is var intId and >= IntId.FirstLpi)
            {
                Gic.WriteSystemRegister(vcpu, SystemRegister.IccEoir1, intId);
                taken++;
            }
        }

        return taken;
    }

    private void Put(ulong doubleword0, ulong doubleword1, ulong doubleword2, ulong doubleword3)
    {
        var slot = _ram.AsSpan((int)(Queue - Ram) + _writeOffset, CommandBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(slot, doubleword0);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[8..], doubleword1);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[16..], doubleword2);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[24..], doubleword3);
        _writeOffset = (_writeOffset + CommandBytes) % QueueBytes;
        if ((_writeOffset + CommandBytes) % QueueBytes == _readOffset)
        {
            Run();
        }
    }

    private void StartRedistributors()
    {
        var tableBytes = (1 << IntIdBits) - (int)IntId.FirstLpi;
        _ram.AsSpan((int)(ConfigurationTable - Ram), tableBytes).Fill(EnabledAtA0);
        Write(FrameKind.Gicd, 0, 0, 4, 2);
        for (var vcpu = 0; vcpu < VcpuCount; vcpu++)
        {
            Write(FrameKind.Gicr, vcpu, 0x70, 8, ConfigurationTable | (uint)(IntIdBits - 1));
            // Not read, and written by a save alone, which wants one for each. With very many vCPUs nothing is saved.
            var pendingTable = PendingTables + ((ulong)(vcpu % PendingTableCount) * PendingTableBytes);
            Write(FrameKind.Gicr, vcpu, 0x78, 8, pendingTable | PendingTableZero);
            Write(FrameKind.Gicr, vcpu, 0, 4, 1);
            Gic.WriteSystemRegister(new VcpuIndex(vcpu), SystemRegister.IccPmr, 0xF0);
            Gic.WriteSystemRegister(new VcpuIndex(vcpu), SystemRegister.IccIgrpen1, 1);
        }
    }

    private void StartIts(bool twoLevelDeviceTable)
    {
        if (twoLevelDeviceTable)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_ram.AsSpan((int)(DeviceTable - Ram)), Valid | Level2Page);
        }

        var indirect = twoLevelDeviceTable ? Indirect : 0;
        Write(FrameKind.Gits, 0, 0x100, 8, Valid | indirect | DeviceTable | Pages64K);
        Write(FrameKind.Gits, 0, 0x108, 8, Valid | CollectionTable | Pages64K);
        Write(FrameKind.Gits, 0, 0x80, 8, Valid | Queue | ((QueueBytes / 4096) - 1));
        Write(FrameKind.Gits, 0, Cwriter, 8, 0);
        Write(FrameKind.Gits, 0, 0, 4, 1);
    }

    private void Write(FrameKind frame, int index, int offset, int sizeBytes, ulong value) =>
        Gic.WriteRegister(new FrameLocation(frame, index, offset), sizeBytes, value);
}
