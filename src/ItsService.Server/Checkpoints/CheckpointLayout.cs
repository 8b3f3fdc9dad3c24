using System.Buffers.Binary;
using ItsService.Core.Memory;

namespace ItsService.Server.Checkpoints;

/// <summary>What lies where in a checkpoint's file; <c>saved_checkpoint.proto</c> tells it to others.</summary>
/// <param name="DescriptionBytes">The length of the description.</param>
/// <param name="StateBytes">The length of the saved state.</param>
/// <param name="PageCount">How many pages there are.</param>
internal readonly record struct CheckpointLayout(uint DescriptionBytes, ulong StateBytes, ulong PageCount)
{
    /// <summary>The bytes before the description.</summary>
    public const int HeaderBytes = 32;

    /// <summary>The bytes behind the pages.</summary>
    public const int HashBytes = 8;

    /// <summary>The bytes of a page's address, and of the page.</summary>
    public const int PageEntryBytes = PageAddressBytes + SparseGuestMemory.PageSizeBytes;

    /// <summary>The bytes of a page's address.</summary>
    public const int PageAddressBytes = 8;

    /// <summary>The longest description: it is read into memory.</summary>
    public const int DescriptionBytesMax = 16 << 20;

    /// <summary>The version that is written, and the only one that is read.</summary>
    public const uint Version = 1;

    private const int VersionAt = 8;
    private const int DescriptionBytesAt = 12;
    private const int StateBytesAt = 16;
    private const int PageCountAt = 24;

    private static ReadOnlySpan<byte> Magic => "ITSCHECK"u8;

    /// <summary>Where the saved state begins.</summary>
    public long StateAt => HeaderBytes + DescriptionBytes;

    /// <summary>Where the pages begin.</summary>
    public long PagesAt => StateAt + (long)StateBytes;

    /// <summary>The length of the file. A wrong header may tell of more than any file has.</summary>
    public UInt128 FileBytes =>
        HeaderBytes + (UInt128)DescriptionBytes + StateBytes + ((UInt128)PageCount * PageEntryBytes) + HashBytes;

    /// <summary>Whether a file that begins so is a checkpoint at all.</summary>
    public static bool IsCheckpoint(ReadOnlySpan<byte> header) => header.StartsWith(Magic);

    /// <summary>The version in a header.</summary>
    public static uint VersionOf(ReadOnlySpan<byte> header) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[VersionAt..]);

    /// <summary>The layout that a header tells.</summary>
    public static CheckpointLayout Of(ReadOnlySpan<byte> header) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(header[DescriptionBytesAt..]),
        BinaryPrimitives.ReadUInt64LittleEndian(header[StateBytesAt..]),
        BinaryPrimitives.ReadUInt64LittleEndian(header[PageCountAt..]));

    /// <summary>Writes the header.</summary>
    public void WriteTo(Span<byte> header)
    {
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[VersionAt..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[DescriptionBytesAt..], DescriptionBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header[StateBytesAt..], StateBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header[PageCountAt..], PageCount);
    }
}
