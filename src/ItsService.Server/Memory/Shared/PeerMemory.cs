using System.ComponentModel;
using System.Runtime.InteropServices;
using ItsService.Server.Hosting;
using Microsoft.Win32.SafeHandles;

namespace ItsService.Server.Memory.Shared;

/// <summary>
/// Memory without a name (memfd_create) that a VMM on this machine has open, and shares by the number of its file
/// descriptor. Nothing but such memory, and none but the VMM's own user has made, is opened this way: a number alone
/// must not lend the service's rights to who names it.
/// </summary>
internal static partial class PeerMemory
{
    private const int CloseOnExec = 0x80000;
    private const int PathOnly = 0x200000;
    private const int ReadWriteSoon = 0x2 | 0x100 | 0x800;
    private const int GetSeals = 1034;

    // F_SEAL_WRITE and F_SEAL_FUTURE_WRITE.
    private const int SealsAgainstWriting = 0x8 | 0x10;
    private const string LinkBegins = "/memfd:";

    /// <summary>What is accepted.</summary>
    public const string Accepted =
        "the number of a file descriptor of memfd_create in the calling process, which calls over the Unix socket";

    /// <summary>Opens it.</summary>
    /// <param name="peer">Who calls; null where that is not known.</param>
    /// <param name="descriptor">The number in that process.</param>
    /// <param name="offset">Where the region begins in it.</param>
    /// <param name="length">The region's size.</param>
    /// <param name="isReadOnly">Whether it is never written.</param>
    /// <exception cref="SharedMemoryException">There is no such memory, or it will not do.</exception>
    public static SharedFile Open(PeerProcess? peer, uint descriptor, ulong offset, ulong length, bool isReadOnly)
    {
        if (peer is not { Id: > 0 } process)
        {
            throw new SharedMemoryException(
                "the caller is not known: it is not connected over a Unix socket", Accepted);
        }

        var handle = OpenChecked(process, descriptor);
        try
        {
            SharedMemoryDirectory.CheckSize(handle, $"file descriptor {descriptor}", offset, length);
            var canWrite = CanWrite(handle);
            return canWrite || isReadOnly
                ? new SharedFile(handle, offset) { CanWrite = canWrite }
                : throw new SharedMemoryException(
                    $"file descriptor {descriptor} cannot be written with calls: it is sealed, or of huge pages",
                    "memory without seals against writing and without huge pages, or a read-only region");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    // Opened as a name first, by which nothing happens to it: it may be a device to which the VMM has no right.
    private static SafeFileHandle OpenChecked(PeerProcess process, uint descriptor)
    {
        using var name = Opened($"/proc/{process.Id}/fd/{descriptor}", PathOnly | CloseOnExec, process, descriptor);
        var file = (int)name.DangerousGetHandle();
        Check(name, file, process, descriptor);
        return Opened($"/proc/self/fd/{file}", ReadWriteSoon | CloseOnExec, process, descriptor);
    }

    private static SafeFileHandle Opened(string path, int flags, PeerProcess process, uint descriptor)
    {
        var file = Open(path, flags);
        if (file >= 0)
        {
            return new SafeFileHandle(file, ownsHandle: true);
        }

        var reason = new Win32Exception(Marshal.GetLastPInvokeError()).Message;
        throw new SharedMemoryException(
            $"file descriptor {descriptor} of process {process.Id} cannot be opened: {reason}", Accepted);
    }

    // What is open by now, since the process may have put another file under the number.
    private static void Check(SafeFileHandle handle, int file, PeerProcess process, uint descriptor)
    {
        var link = new FileInfo($"/proc/self/fd/{file}").LinkTarget;
        if (link?.StartsWith(LinkBegins, StringComparison.Ordinal) != true
            || UnixFileType.OwnerOf(handle) != process.User)
        {
            throw new SharedMemoryException(
                $"file descriptor {descriptor} of process {process.Id} is no memory that its user has made with"
                + " memfd_create",
                Accepted);
        }
    }

    // Memory of huge pages can be mapped alone, and says so even to a write of nothing.
    private static bool CanWrite(SafeFileHandle handle) =>
        (Control(handle, GetSeals) & SealsAgainstWriting) == 0 && Write(handle, [], 0, 0) == 0;

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(SafeFileHandle file, int command);

    [LibraryImport("libc", EntryPoint = "pwrite")]
    private static partial nint Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
