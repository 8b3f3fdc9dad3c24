using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ItsService.Server.Checkpoints;

/// <summary>Brings the names in a directory to the disk, which the runtime has no call for.</summary>
internal static partial class DirectorySync
{
    private const int ReadOnly = 0;
    private const int CloseOnExec = 0x80000;

    /// <summary>Returns when what was made, renamed or deleted there is so after a loss of power, too.</summary>
    /// <exception cref="IOException">They may not be.</exception>
    public static void Flush(string directory)
    {
        using var handle = new SafeFileHandle(Open(directory, ReadOnly | CloseOnExec), ownsHandle: true);
        if (handle.IsInvalid || Fsync(handle) != 0)
        {
            throw new IOException(new Win32Exception(Marshal.GetLastPInvokeError()).Message);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);
}
