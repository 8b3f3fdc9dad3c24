using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using ItsService.Server.Hosting;
using Microsoft.Win32.SafeHandles;

namespace ItsService.Server.Memory.Shared;

/// <summary>
/// The directory in which VMMs make the files for shared memory. What is opened lies beneath it: each part of a path is
/// looked up in the one before, and none of them may be a link.
/// </summary>
/// <param name="path">The directory, or "none".</param>
/// <param name="regionsMax">How many regions all VMs together may have in files, here or by file descriptor.</param>
internal sealed partial class SharedMemoryDirectory(string path, int regionsMax)
{
    private const int PathBytesMax = 4095;
    private const int ReadOnly = 0;
    private const int ReadWrite = 2;
    private const int NoTerminal = 0x100;
    private const int DoNotBlock = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int PathOnly = 0x200000;
    private const int NotFound = 2;
    private const int NotPermitted = 1;
    private const int AccessDenied = 13;
    private const int NotADirectory = 20;
    private const int ReadOnlyFileSystem = 30;
    private const int TooManyLinks = 40;

    // These two differ from one architecture to another.
    private static readonly bool IsLikeArm = RuntimeInformation.ProcessArchitecture
        is Architecture.Arm or Architecture.Arm64 or Architecture.Armv6 or Architecture.Ppc64le;

    private static readonly int DirectoryOnly = IsLikeArm ? 0x4000 : 0x10000;
    private static readonly int DoNotFollowLinks = IsLikeArm ? 0x8000 : 0x20000;

    /// <summary>What a path in it looks like.</summary>
    public const string Accepted =
        "a path beneath the directory that the service shares memory in, without '.', '..', '//' and symbolic links";

    /// <summary>How many files may still be open.</summary>
    public SharedFilePlaces Places { get; } = new(regionsMax);

    /// <summary>Whether no memory is shared.</summary>
    public bool IsOff => path == ItsServerOptions.Off;

    /// <summary>The directory; empty where no memory is shared.</summary>
    public string Path => IsOff ? "" : System.IO.Path.GetFullPath(path);

    /// <summary>Opens the part of a file that a region has.</summary>
    /// <param name="name">The file's path beneath the directory.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="length">Its size.</param>
    /// <param name="mayBeReadOnly">Whether a file that the service may not write will do.</param>
    /// <exception cref="SharedMemoryException">There is no such file, or it will not do.</exception>
    public SharedFile Open(string name, ulong offset, ulong length, bool mayBeReadOnly)
    {
        var parts = PartsOf(name);
        using var directory = OpenDirectory(parts[..^1]);
        var handle = OpenFile(directory, parts[^1], name, mayBeReadOnly, out var canWrite);
        try
        {
            Check(handle, name, offset, length);
            return new SharedFile(handle, offset) { CanWrite = canWrite };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private string[] PartsOf(string name)
    {
        if (IsOff)
        {
            throw new SharedMemoryException(
                "the service shares no memory",
                $"none, unless {ItsServerOptions.SectionName}:SharedMemoryDirectory names a directory");
        }

        var parts = name.Split('/');
        if (Encoding.UTF8.GetByteCount(name) > PathBytesMax
            || name.Contains('\0')
            || parts.Any(part => part is "" or "." or ".."))
        {
            throw new SharedMemoryException("this is no path beneath the directory for shared memory", Accepted);
        }

        return parts;
    }

    private SafeFileHandle OpenDirectory(string[] parts)
    {
        var directory = Opened(Open(Path, PathOnly | DirectoryOnly | CloseOnExec), "directory for shared memory");
        foreach (var part in parts)
        {
            using var parent = directory;
            directory = Opened(
                OpenAt(parent, part, PathOnly | DirectoryOnly | DoNotFollowLinks | CloseOnExec),
                $"'{UntrustedName(part)}'");
        }

        return directory;
    }

    private static SafeFileHandle OpenFile(
        SafeFileHandle directory, string part, string name, bool mayBeReadOnly, out bool canWrite)
    {
        // A FIFO, or what else is no file, would wait for its other end, and is found out before it is used.
        var flags = DoNotFollowLinks | DoNotBlock | NoTerminal | CloseOnExec;
        var file = OpenAt(directory, part, flags | ReadWrite);
        canWrite = file >= 0;
        if (!canWrite && mayBeReadOnly
            && Marshal.GetLastPInvokeError() is AccessDenied or NotPermitted or ReadOnlyFileSystem)
        {
            file = OpenAt(directory, part, flags | ReadOnly);
        }

        return Opened(file, $"'{UntrustedName(name)}'");
    }

    private static void Check(SafeFileHandle handle, string name, ulong offset, ulong length)
    {
        if (!UnixFileType.IsRegular(handle))
        {
            throw new SharedMemoryException($"'{UntrustedName(name)}' is no regular file", "a regular file");
        }

        CheckSize(handle, $"'{UntrustedName(name)}'", offset, length);
    }

    /// <summary>Throws unless a file has a whole region.</summary>
    /// <exception cref="SharedMemoryException">It has not.</exception>
    public static void CheckSize(SafeFileHandle handle, string what, ulong offset, ulong length)
    {
        var size = (ulong)RandomAccess.GetLength(handle);
        if (offset > size || length > size - offset)
        {
            throw new SharedMemoryException(
                $"{what} has {size} bytes, and the region 0x{length:X} from 0x{offset:X} on",
                "one that has the whole region");
        }
    }

    private static SafeFileHandle Opened(int descriptor, string what)
    {
        if (descriptor >= 0)
        {
            return new SafeFileHandle(descriptor, ownsHandle: true);
        }

        var error = Marshal.GetLastPInvokeError();
        throw new SharedMemoryException(
            error switch
            {
                NotFound => $"there is no {what}",
                TooManyLinks => $"{what} is a symbolic link",
                NotADirectory => $"{what} is no directory, or a symbolic link",
                _ => $"{what} cannot be opened: {new Win32Exception(error).Message}",
            },
            Accepted);
    }

    private static string UntrustedName(string name) => Errors.UntrustedText.Shown(name);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt(SafeFileHandle directory, string path, int flags);
}
