using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ItsService.Server.Hosting;

/// <summary>
/// What kind of file a path names, found without opening it: opening a FIFO would wait for its other end.
/// </summary>
internal static partial class UnixFileType
{
    private const int CurrentDirectory = -100;
    private const int DoNotFollowLinks = 0x100;
    private const uint TypeAlone = 1;

    // struct statx is the same on every architecture: 256 bytes, stx_mode at 28.
    private const int StatusBytes = 256;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int SocketType = 0xC000;
    private const int RegularType = 0x8000;

    /// <summary>Whether the path names a Unix socket, and not a link to one.</summary>
    public static bool IsSocket(string path) => Of(path) == SocketType;

    /// <summary>Whether the path names a regular file, and not a link to one.</summary>
    public static bool IsRegular(string path) => Of(path) == RegularType;

    /// <summary>Whether the path names anything, be it a link that leads nowhere.</summary>
    public static bool Exists(string path) => Of(path) is not null;

    private static int? Of(string path)
    {
        Span<byte> status = stackalloc byte[StatusBytes];
        return Statx(CurrentDirectory, path, DoNotFollowLinks, TypeAlone, status) == 0
            ? BinaryPrimitives.ReadUInt16LittleEndian(status[ModeOffset..]) & TypeMask
            : null;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> status);
}
