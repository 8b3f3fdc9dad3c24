using System.Buffers.Binary;

namespace ItsService.VmmPrototype.Boot;

/// <summary>
/// A kernel as files have it: Linux's arm64 Image, whose header says where it wants to lie, or any other program,
/// which lies 512 KiB above the beginning of RAM and is entered at its first byte.
/// </summary>
public sealed class KernelImage
{
    private const uint ImageMagic = 0x644D_5241; // "ARM\x64"
    private const int MagicOffset = 56;
    private const int TextOffsetOffset = 8;
    private const int ImageSizeOffset = 16;
    private const int HeaderBytes = 64;
    private const ulong FlatOffset = 0x8_0000;
    private const ushort GzipMagic = 0x8B1F;
    private const uint CompressedEfiMagic = 0x676D_697A; // "zimg"

    private KernelImage(byte[] bytes, bool isLinux, ulong offset, ulong sizeBytes)
    {
        Bytes = bytes;
        IsLinux = isLinux;
        Offset = offset;
        SizeBytes = sizeBytes;
    }

    /// <summary>What is put into memory.</summary>
    public byte[] Bytes { get; }

    /// <summary>Whether it has Linux's header.</summary>
    public bool IsLinux { get; }

    /// <summary>How far above the beginning of RAM.</summary>
    public ulong Offset { get; }

    /// <summary>How much memory it takes once it runs, what it zeroes itself included.</summary>
    public ulong SizeBytes { get; }

    /// <summary>Reads a kernel.</summary>
    /// <exception cref="GuestImageException">It is compressed, or not readable at all.</exception>
    public static KernelImage ReadFile(string path)
    {
        try
        {
            return From(File.ReadAllBytes(path));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or GuestImageException)
        {
            throw new GuestImageException($"the kernel {path} cannot be used: {problem.Message}");
        }
    }

    /// <summary>Looks what it is.</summary>
    public static KernelImage From(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            throw new GuestImageException("it is empty");
        }

        if (bytes.Length >= HeaderBytes)
        {
            if (Word(bytes, MagicOffset) == ImageMagic)
            {
                var takes = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(ImageSizeOffset));
                var offset = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(TextOffsetOffset));
                return new KernelImage(bytes, isLinux: true, offset, Math.Max(takes, (ulong)bytes.Length));
            }

            if (Word(bytes, 4) == CompressedEfiMagic || (ushort)Word(bytes, 0) == GzipMagic)
            {
                throw new GuestImageException("it is compressed: unpack it first");
            }
        }

        return new KernelImage(bytes, isLinux: false, FlatOffset, (ulong)bytes.Length);
    }

    private static uint Word(byte[] bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));
}
