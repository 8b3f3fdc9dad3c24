using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ItsService.Cli;

/// <summary>
/// What a path names, links followed, found without opening it: opening a FIFO would wait for its other end.
/// </summary>
internal static partial class FileKind
{
    private const int CurrentDirectory = -100;
    private const uint TypeAlone = 1;

    // struct statx is the same on every architecture: 256 bytes, stx_mode at 28.
    private const int StatusBytes = 256;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int RegularType = 0x8000;

    /// <summary>Whether there is something that is no regular file: a device, a FIFO, a socket, a directory.</summary>
    public static bool IsSomethingElse(string path)
    {
        Span<byte> status = stackalloc byte[StatusBytes];
        return Statx(CurrentDirectory, path, flags: 0, TypeAlone, status) == 0
            && (BinaryPrimitives.ReadUInt16LittleEndian(status[ModeOffset..]) & TypeMask) != RegularType;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> status);
}
