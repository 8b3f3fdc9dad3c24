using System.Buffers.Binary;
using System.Text;

namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>The answers to Identify: pages of 4 KiB (NVM Express Base Specification 1.3, 5.15).</summary>
internal static class IdentifyPages
{
    public const int SizeBytes = 4096;
    public const uint NamespaceId = 1;

    /// <summary>Transfers of up to 2^5 pages.</summary>
    public const int TransferPagesShift = 5;

    public const uint SpecificationVersion = 0x0001_0300;

    private const uint NamespaceIdOfAll = 0xFFFF_FFFE;
    private const byte IdentifierIsUuid = 3;

    // Any will do, as long as it stays.
    private static readonly byte[] Uuid = new Guid("3f6c1c6e-5a44-4b0e-9d3c-6a1f2b7c8d90").ToByteArray(bigEndian: true);

    /// <summary>The page that is asked for; null for one that there is not.</summary>
    public static byte[]? Find(byte structure, uint namespaceId, ushort vendor, NvmeDisk disk) => structure switch
    {
        0 when namespaceId == NamespaceId => OfNamespace(disk),
        0 when namespaceId == uint.MaxValue => OfNamespace(disk),
        1 => OfController(vendor),
        2 when namespaceId < NamespaceIdOfAll => ActiveNamespaces(namespaceId),
        3 when namespaceId == NamespaceId => NamespaceIdentifiers(),
        _ => null,
    };

    private static byte[] OfController(ushort vendor)
    {
        var page = new byte[SizeBytes];
        BinaryPrimitives.WriteUInt16LittleEndian(page, vendor);
        BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(2), vendor);
        WriteText(page.AsSpan(4, 20), "1");
        WriteText(page.AsSpan(24, 40), "its-service VMM prototype");
        WriteText(page.AsSpan(64, 8), "1");
        page[77] = TransferPagesShift;
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(80), SpecificationVersion);
        page[258] = 3; // Abort: up to four at a time
        page[259] = 3; // Asynchronous Event Request: up to four at a time
        page[260] = 2; // one firmware slot
        page[512] = 0x66; // entries of 64 bytes
        page[513] = 0x44; // entries of 16 bytes
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(516), NamespaceId);
        page[525] = 1; // a volatile write cache: Flush has something to do
        Encoding.ASCII.GetBytes("nqn.2024-01.invalid.its-service:vmm-prototype", page.AsSpan(768));
        return page;
    }

    private static byte[] OfNamespace(NvmeDisk disk)
    {
        var page = new byte[SizeBytes];
        for (var place = 0; place < 3; place++)
        {
            // Size, capacity and use.
            BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(8 * place), disk.BlockCount);
        }

        page[130] = NvmeDisk.BlockShift;
        return page;
    }

    private static byte[] ActiveNamespaces(uint above)
    {
        var page = new byte[SizeBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(page, above < NamespaceId ? NamespaceId : 0);
        return page;
    }

    private static byte[] NamespaceIdentifiers()
    {
        var page = new byte[SizeBytes];
        page[0] = IdentifierIsUuid;
        page[1] = (byte)Uuid.Length;
        Uuid.CopyTo(page.AsSpan(4));
        return page;
    }

    private static void WriteText(Span<byte> field, string text)
    {
        field.Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, field);
    }
}
