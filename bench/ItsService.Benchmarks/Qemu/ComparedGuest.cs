using System.Buffers.Binary;
using ItsService.Qtest;

namespace ItsService.Benchmarks.Qemu;

/// <summary>A write to a register, or to RAM where <see cref="Bytes"/> are given.</summary>
internal sealed record GuestWrite(ulong Address, int SizeBytes, ulong Value)
{
    public byte[]? Bytes { get; init; }

    public static GuestWrite Memory(ulong address, byte[] bytes) => new(address, 0, 0) { Bytes = bytes };
}

/// <summary>
/// What both controllers are given: 4 CPUs, INTIDs of 16 bits (GICR_PROPBASER.IDbits 15), one device with 1,000 events
/// that go to the CPUs in turn, and a queue that holds 16 batches of 1,000 commands, so that the same messages can be
/// sent again and again.
/// </summary>
internal static class ComparedGuest
{
    public const int CpuCount = 4;
    public const int BatchCommands = 1000;
    public const int QueueBatches = 16;

    /// <summary>Batches that are sent together, to both. QEMU gains nothing from more.</summary>
    public const int PipelinedBatches = 4;
    public const uint FirstLpi = 8192;

    private const int CommandBytes = 32;
    private const int BatchBytes = BatchCommands * CommandBytes;
    private const int QueueBytes = QueueBatches * BatchBytes;
    private const int QueuePages = QueueBytes / 4096;
    private const ulong Ram = VirtMachine.RamBase;
    private const ulong ConfigurationTable = Ram + 0x01_0000;
    private const ulong PendingTables = Ram + 0x02_0000;
    private const ulong DeviceTable = Ram + 0x20_0000;
    private const ulong CollectionTable = Ram + 0x30_0000;
    private const ulong TranslationTable = Ram + 0x40_0000;
    private const ulong Queue = Ram + 0x100_0000;
    private const ulong Valid = 1UL << 63;
    private const ulong Pages64K = 2UL << 8;
    private const byte EnabledAtA0 = 0xA3;

    /// <summary>The register whose value tells that all commands are executed.</summary>
    public const ulong Creadr = VirtMachine.GitsBase + 0x90;

    /// <summary>Everything enabled, everything mapped, and the queue at its beginning again.</summary>
    public static IEnumerable<GuestWrite> SetUp()
    {
        var configuration = new byte[0x1_0000 - FirstLpi];
        Array.Fill(configuration, EnabledAtA0);
        yield return GuestWrite.Memory(ConfigurationTable, configuration);
        yield return new GuestWrite(VirtMachine.GicdBase, 4, 0x12);
        for (var cpu = 0; cpu < CpuCount; cpu++)
        {
            var redistributor = VirtMachine.GicrOf(cpu);
            yield return new GuestWrite(redistributor + 0x70, 8, ConfigurationTable | 15);
            yield return new GuestWrite(redistributor + 0x78, 8, PendingTables + ((ulong)cpu * 0x1_0000));
            yield return new GuestWrite(redistributor, 4, 1);
        }

        yield return new GuestWrite(VirtMachine.GitsBase + 0x100, 8, Valid | DeviceTable | Pages64K);
        yield return new GuestWrite(VirtMachine.GitsBase + 0x108, 8, Valid | CollectionTable | Pages64K);
        yield return new GuestWrite(VirtMachine.GitsBase + 0x80, 8, Valid | Queue | (QueuePages - 1));
        yield return new GuestWrite(VirtMachine.GitsBase, 4, 1);

        var mapping = Mapping();
        yield return GuestWrite.Memory(Queue, mapping[..(QueueBytes / 2)]);
        yield return GuestWrite.Memory(Queue + (QueueBytes / 2), mapping[(QueueBytes / 2)..]);
        // In two steps, since moving CWRITER by the whole queue would be no move.
        yield return new GuestWrite(VirtMachine.GitsBase + 0x88, 8, QueueBytes / 2);
        yield return new GuestWrite(VirtMachine.GitsBase + 0x88, 8, 0);
    }

    /// <summary>The two writes that make one batch of INT happen, one for each event.</summary>
    public static (GuestWrite Commands, GuestWrite Cwriter) IntBatch(int number)
    {
        var commands = new byte[BatchBytes];
        for (var eventId = 0; eventId < BatchCommands; eventId++)
        {
            Put(commands, eventId, 0x03, (uint)eventId, 0);
        }

        var end = (ulong)((number + 1) % QueueBatches * BatchBytes);
        return (
            GuestWrite.Memory(Queue + (ulong)(number * BatchBytes), commands),
            new GuestWrite(VirtMachine.GitsBase + 0x88, 8, end));
    }

    /// <summary>The LPIs of one CPU, in the order in which it gets them: all have the same priority.</summary>
    public static IEnumerable<uint> LpisOf(int cpu)
    {
        for (var eventId = cpu; eventId < BatchCommands; eventId += CpuCount)
        {
            yield return FirstLpi + (uint)eventId;
        }
    }

    /// <summary>A whole queue: the mapping commands, and SYNCs up to its end.</summary>
    private static byte[] Mapping()
    {
        var commands = new byte[QueueBytes];
        var place = 0;
        for (var cpu = 0u; cpu < CpuCount; cpu++)
        {
            Put(commands, place++, 0x09, 0, Valid | (cpu << 16) | cpu);
        }

        Put(commands, place++, 0x08, 9, Valid | TranslationTable);
        for (var eventId = 0u; eventId < BatchCommands; eventId++)
        {
            Put(commands, place++, 0x0A, ((ulong)(FirstLpi + eventId) << 32) | eventId, eventId % CpuCount);
        }

        while (place < QueueBytes / CommandBytes)
        {
            Put(commands, place++, 0x05, 0, 0);
        }

        return commands;
    }

    private static void Put(byte[] commands, int place, ulong opcode, ulong doubleword1, ulong doubleword2)
    {
        var slot = commands.AsSpan(place * CommandBytes, CommandBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(slot, opcode);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[8..], doubleword1);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[16..], doubleword2);
    }
}
