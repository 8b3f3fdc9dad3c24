using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.SaveLoad.Guests;

/// <summary>Where everything lies in the guest, and the shape of its VM.</summary>
internal static class GuestLayout
{
    public const int VcpuCount = 6;
    public const int ItsCount = 2;
    public const uint FirstLpi = 8192;

    /// <summary>What ICC_IAR1_EL1 reads when there is nothing to take.</summary>
    public const uint Spurious = 1023;

    /// <summary>LPIs are of 14 bits: 8192 of them.</summary>
    public const int IntIdBits = 14;

    /// <summary>The largest queue there is: a save finds its place in it as long as it is not written round.</summary>
    public const uint QueuePages = 256;

    public const uint QueueSizeBytes = QueuePages * 4096;
    public const int SlotCount = (int)(QueueSizeBytes / GuestCommand.SizeBytes);

    /// <summary>EventID bits of each device: its translation table has 256 bytes.</summary>
    public const int EventIdBits = 5;

    public const ulong ItsBase = 0x0808_0000;
    public const ulong ItsStride = 0x2_0000;
    public const ulong TranslaterOffset = 0x1_0040;

    public const ulong RamBase = 0x4000_0000;
    public const ulong RamSizeBytes = 0x0100_0000;

    /// <summary>For each vCPU the number of its last look at ICC_IAR1_EL1, 8 bytes.</summary>
    public const ulong Marks = RamBase + 0x1000;

    public const ulong ConfigurationTable = RamBase + 0x2000;

    private const ulong DistributorBase = 0x0800_0000;
    private const ulong RedistributorBase = 0x0900_0000;
    private const ulong PendingTables = RamBase + 0x10_0000;
    private const ulong PendingTableStride = 0x1_0000;
    private const ulong ItsTables = RamBase + 0x40_0000;
    private const ulong ItsTablesStride = 0x20_0000;
    private const int EntryBytes = 8;
    private const ulong TranslationTableSizeBytes = EntryBytes << EventIdBits;

    public static GuestAddress Mark(int vcpu) => new(Marks + ((ulong)vcpu * sizeof(ulong)));

    public static ulong PendingTable(int vcpu) => PendingTables + ((ulong)vcpu * PendingTableStride);

    public static ulong Queue(int its) => ItsTables + ((ulong)its * ItsTablesStride);

    /// <summary>One page of 64 KiB.</summary>
    public static ulong DeviceTable(int its) => Queue(its) + 0x10_0000;

    /// <summary>One page of 64 KiB.</summary>
    public static ulong CollectionTable(int its) => Queue(its) + 0x11_0000;

    public static ulong TranslationTable(int its, uint device) =>
        Queue(its) + 0x12_0000 + (device * TranslationTableSizeBytes);

    /// <summary>The place that devices write to.</summary>
    public static GuestAddress Doorbell(int its) => new(ItsBase + ((ulong)its * ItsStride) + TranslaterOffset);

    /// <summary>All that the guest keeps in memory but its command queues.</summary>
    /// <param name="deviceCount">How many devices an ITS has.</param>
    public static IEnumerable<(ulong Address, int LengthBytes)> Tables(int deviceCount)
    {
        yield return (Marks, (int)(ConfigurationTable - Marks) + (1 << IntIdBits) - (int)FirstLpi);
        for (var vcpu = 0; vcpu < VcpuCount; vcpu++)
        {
            yield return (PendingTable(vcpu), 1 << (IntIdBits - 3));
        }

        for (var its = 0; its < ItsCount; its++)
        {
            yield return (DeviceTable(its), deviceCount * EntryBytes);
            yield return (CollectionTable(its), (VcpuCount + 1) * EntryBytes);
            yield return (TranslationTable(its, 0), deviceCount * (int)TranslationTableSizeBytes);
        }
    }

    /// <summary>A VM in which everything has its place.</summary>
    public static VmSpec Spec()
    {
        var spec = new VmSpec
        {
            DistributorBase = DistributorBase,
            RedistributorRegions = { new RedistributorRegion { Base = RedistributorBase, Count = VcpuCount } },
            MemoryRegions =
            {
                new MemoryRegion { Base = RamBase, SizeBytes = RamSizeBytes, Hosted = new HostedMemory() },
            },
        };
        spec.Vcpus.AddRange(Enumerable.Range(0, VcpuCount).Select(_ => new Vcpu()));
        spec.Its.AddRange(Enumerable.Range(0, ItsCount).Select(its =>
            new ItsUnit { Base = ItsBase + ((ulong)its * ItsStride) }));
        return spec;
    }
}
