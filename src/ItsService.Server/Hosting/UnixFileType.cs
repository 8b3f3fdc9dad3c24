using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ItsService.Server.Hosting;

/// <summary>
/// What kind of file a path names, found without opening it: opening a FIFO would wait for its other end.
/// </summary>
internal static partial class UnixFileType
{
    private const int CurrentDirectory = -100;
    private const int DoNotFollowLinks = 0x100;
    private const int OfHandle = 0x1000;

    // The type, the mode, the owner and the number.
    private const uint Wanted = 0x10B;

    // struct statx is the same on every architecture: 256 bytes, stx_uid at 20, stx_mode at 28, stx_ino at 32,
    // stx_dev_major and stx_dev_minor from 136 on.
    private const int StatusBytes = 256;
    private const int OwnerOffset = 20;
    private const int ModeOffset = 28;
    private const int NumberOffset = 32;
    private const int DeviceOffset = 136;
    private const int TypeMask = 0xF000;
    private const int WritableByOthersMask = 0x12;
    private const int DirectoryType = 0x4000;
    private const int SocketType = 0xC000;
    private const int RegularType = 0x8000;

    /// <summary>Whether the path names a Unix socket, and not a link to one.</summary>
    public static bool IsSocket(string path) => Of(path) == SocketType;

    /// <summary>Whether the path names a regular file, and not a link to one.</summary>
    public static bool IsRegular(string path) => Of(path) == RegularType;

    /// <summary>Whether it is a regular file that is open.</summary>
    public static bool IsRegular(SafeFileHandle file)
    {
        Span<byte> status = stackalloc byte[StatusBytes];
        return Statx(file, "", OfHandle, Wanted, status) == 0 && (ModeIn(status) & TypeMask) == RegularType;
    }

    /// <summary>Whose an open file is; null where that is not known.</summary>
    public static uint? OwnerOf(SafeFileHandle file)
    {
        Span<byte> status = stackalloc byte[StatusBytes];
        return Statx(file, "", OfHandle, Wanted, status) == 0
            ? BinaryPrimitives.ReadUInt32LittleEndian(status[OwnerOffset..])
            : null;
    }

    /// <summary>Whether the path names anything, be it a link that leads nowhere.</summary>
    public static bool Exists(string path) => Of(path) is not null;

    /// <summary>Whether the path names a directory, and not a link to one.</summary>
    public static bool IsDirectory(string path) => Of(path) == DirectoryType;

    /// <summary>Which file on which device the path names; null for none.</summary>
    public static (ulong Device, ulong Number)? IdOf(string path)
    {
        Span<byte> status = stackalloc byte[StatusBytes];
        return TryFind(path, DoNotFollowLinks, status) ? IdIn(status) : null;
    }

    /// <summary>The same of an open file.</summary>
    public static (ulong Device, ulong Number)? IdOf(FileStream file)
    {
        Span<byte> status = stackalloc byte[StatusBytes];
        return Statx(file.SafeFileHandle, "", OfHandle, Wanted, status) == 0 ? IdIn(status) : null;
    }

    /// <summary>
    /// Whose the file is to which the path leads, and whether others, or its group, may write it; null for none.
    /// </summary>
    public static (uint Owner, bool IsWritableByOthers)? RightsOf(string path)
    {
        Span<byte> status = stackalloc byte[StatusBytes];
        return TryFind(path, flags: 0, status)
            ? (BinaryPrimitives.ReadUInt32LittleEndian(status[OwnerOffset..]),
                (ModeIn(status) & WritableByOthersMask) != 0)
            : null;
    }

    private static int? Of(string path)
    {
        Span<byte> status = stackalloc byte[StatusBytes];
        return TryFind(path, DoNotFollowLinks, status) ? ModeIn(status) & TypeMask : null;
    }

    private static bool TryFind(string path, int flags, Span<byte> status) =>
        Statx(CurrentDirectory, path, flags, Wanted, status) == 0;

    private static int ModeIn(ReadOnlySpan<byte> status) =>
        BinaryPrimitives.ReadUInt16LittleEndian(status[ModeOffset..]);

    private static (ulong Device, ulong Number) IdIn(ReadOnlySpan<byte> status) => (
        BinaryPrimitives.ReadUInt64LittleEndian(status[DeviceOffset..]),
        BinaryPrimitives.ReadUInt64LittleEndian(status[NumberOffset..]));

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle file, string path, int flags, uint mask, Span<byte> status);
}
