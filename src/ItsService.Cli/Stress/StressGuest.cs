using System.Buffers.Binary;
using System.Numerics;

namespace ItsService.Cli.Stress;

/// <summary>
/// What the guest's driver has in its memory, and the commands by which it maps everything: a collection for each vCPU,
/// an ITT for each device, an LPI for each event, and a SYNC for each vCPU.
/// </summary>
internal sealed class StressGuest(StressShape shape)
{
    public const ulong Ram = 0x4000_0000;
    public const ulong RamSizeBytes = 256 << 20;
    public const ulong Queue = Ram + 0x10_0000;
    public const int QueueSizeBytes = 1 << 20;
    public const ulong DeviceTable = Ram + 0x20_0000;
    public const int DeviceTablePages = 8;
    public const ulong CollectionTable = Ram + 0x30_0000;
    public const ulong ConfigurationTable = Ram + 0x40_0000;
    public const ulong TranslationTables = Ram + 0x800_0000;

    /// <summary>The INTIDs' width less one, as GICR_PROPBASER has it.</summary>
    public const int IntIdBitsLessOne = 15;

    private const ulong PendingTables = Ram + 0x100_0000;
    private const ulong PendingTableBytes = 0x1_0000;
    private const int EntryBytes = 8;
    private const int TableAlignment = 256;
    private const int SlotBytes = 32;
    private const ulong Valid = 1UL << 63;
    private const byte EnabledAtPriorityA0 = 0xA1;

    private int EventIdBits => Math.Max(1, BitOperations.Log2((uint)Math.Max(1, shape.Events - 1)) + 1);

    private ulong TranslationTableBytes => Math.Max((ulong)EntryBytes << EventIdBits, TableAlignment);

    /// <summary>Every LPI is enabled, at one priority.</summary>
    public static byte[] Configurations => Enumerable.Repeat(EnabledAtPriorityA0, StressShape.LpisMax).ToArray();

    public static ulong PendingTable(int vcpu) => PendingTables + ((ulong)vcpu * PendingTableBytes);

    /// <summary>The commands, each in the 32 bytes of its slot.</summary>
    public IEnumerable<byte[]> Commands()
    {
        for (var vcpu = 0u; vcpu < shape.Vcpus; vcpu++)
        {
            yield return Slot(0x09, 0, Valid | ((ulong)vcpu << 16) | vcpu, 0);
        }

        for (var device = 0; device < shape.Devices; device++)
        {
            var table = TranslationTables + ((ulong)device * TranslationTableBytes);
            yield return Slot(((ulong)device << 32) | 0x08, (ulong)EventIdBits - 1, Valid | table, 0);
            for (var eventId = 0; eventId < shape.Events; eventId++)
            {
                var index = shape.IndexOf(device, eventId);
                var lpi = StressShape.FirstLpi + (ulong)index;
                yield return Slot(
                    ((ulong)device << 32) | 0x0A, (lpi << 32) | (uint)eventId, (ulong)shape.VcpuOf(index), 0);
            }
        }

        for (var vcpu = 0u; vcpu < shape.Vcpus; vcpu++)
        {
            yield return Slot(0x05, 0, (ulong)vcpu << 16, 0);
        }
    }

    private static byte[] Slot(params ReadOnlySpan<ulong> doublewords)
    {
        var slot = new byte[SlotBytes];
        for (var index = 0; index < doublewords.Length; index++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(index * sizeof(ulong)), doublewords[index]);
        }

        return slot;
    }
}
