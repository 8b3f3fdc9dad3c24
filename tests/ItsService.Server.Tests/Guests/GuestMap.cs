using Google.Protobuf;
using ItsService.Protocol.V1;

namespace ItsService.Server.Tests.Guests;

/// <summary>Where everything lies in the guests of these tests, and the shape of a usual VM.</summary>
internal static class GuestMap
{
    public const ulong DistributorBase = 0x0800_0000;
    public const ulong ItsBase = 0x0808_0000;
    public const ulong ItsStride = 0x2_0000;
    public const ulong RedistributorBase = 0x0900_0000;
    public const ulong TranslaterOffset = 0x1_0040;

    public const ulong RamBase = 0x4000_0000;
    public const ulong RamSizeBytes = 0x1000_0000;

    /// <summary>The LPI configuration table: one byte for each LPI from 8192 on.</summary>
    public const ulong ConfigurationTable = RamBase + 0x0010_0000;

    public const ulong DataArea = RamBase + 0x0F00_0000;

    public static ulong Doorbell(uint its = 0) => ItsBase + (its * ItsStride) + TranslaterOffset;

    /// <summary>An LPI pending table, 64 KiB aligned.</summary>
    public static ulong PendingTable(uint vcpu) => RamBase + 0x0020_0000 + (vcpu * 0x1_0000UL);

    /// <summary>A command queue with room for the largest one, 1 MiB.</summary>
    public static ulong Queue(uint its) => RamBase + 0x0100_0000 + (its * 0x100_0000UL);

    /// <summary>A flat table for 65,536 devices, 512 KiB, or a level-1 table.</summary>
    public static ulong DeviceTable(uint its) => Queue(its) + 0x10_0000;

    /// <summary>A flat table for 8,192 collections, 64 KiB.</summary>
    public static ulong CollectionTable(uint its) => Queue(its) + 0x20_0000;

    /// <summary>The translation table of a device, with room for 4,096 events.</summary>
    public static ulong TranslationTable(uint its, uint device) => Queue(its) + 0x40_0000 + ((device % 256) * 0x8000UL);

    /// <summary>A region of hosted memory.</summary>
    public static MemoryRegion Region(ulong regionBase, ulong sizeBytes, bool isReadOnly = false) => new()
    {
        Base = regionBase,
        SizeBytes = sizeBytes,
        ReadOnly = isReadOnly,
        Hosted = new HostedMemory(),
    };

    /// <summary>A VM in which everything has its place.</summary>
    public static VmSpec Spec(int vcpuCount = 2, int itsCount = 1)
    {
        var spec = new VmSpec
        {
            DistributorBase = DistributorBase,
            RedistributorRegions = { new RedistributorRegion { Base = RedistributorBase, Count = (uint)vcpuCount } },
            MemoryRegions = { GuestMap.Region(RamBase, RamSizeBytes) },
        };
        spec.Vcpus.AddRange(Enumerable.Range(0, vcpuCount).Select(_ => new Vcpu()));
        spec.Its.AddRange(Enumerable.Range(0, itsCount).Select(number =>
            new ItsUnit { Base = ItsBase + ((ulong)number * ItsStride) }));
        return spec;
    }

    /// <summary>Little-endian doublewords, as a guest stores them.</summary>
    public static ByteString Doublewords(params IEnumerable<ulong> values) =>
        ByteString.CopyFrom([.. values.SelectMany(BitConverter.GetBytes)]);
}
