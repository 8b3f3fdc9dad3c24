using ItsService.Server.Hosting;

namespace ItsService.Server.Checkpoints;

/// <summary>Files and directories that no other user looks into: a guest's memory is in them.</summary>
internal static class OwnerOnly
{
    private const UnixFileMode ReadAndWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a directory with mode 0700, where it is not there, and all above it; for good.</summary>
    public static void MakeDirectory(string path)
    {
        var made = new Stack<string>();
        for (var at = path; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at))
        {
            made.Push(at);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, ReadAndWrite | UnixFileMode.UserExecute);
        foreach (var at in made)
        {
            DirectorySync.Flush(Path.GetDirectoryName(at) ?? at);
        }
    }

    /// <summary>
    /// Refuses a directory in which another user may put a file in place of another: no checksum tells that.
    /// </summary>
    /// <exception cref="IOException">It is one.</exception>
    public static void RefuseOthers(string path)
    {
        if (UnixFileType.RightsOf(path) is not var (owner, isWritableByOthers))
        {
            return;
        }

        if (isWritableByOthers)
        {
            throw new IOException(
                "others may write it; make its mode 0700, or name a directory in it that is not there yet");
        }

        if (owner != 0 && owner != SocketPaths.EffectiveUserId())
        {
            throw new IOException($"it belongs to the user {owner}");
        }
    }

    /// <summary>Opens a file that nobody else has open; one that is made has mode 0600.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it may be there.</param>
    /// <param name="bytes">How long it will be: where there is no room for it, nothing is made.</param>
    public static FileStream Open(string path, FileMode mode, long bytes = 0)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            PreallocationSize = bytes,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = ReadAndWrite;
        }

        return new FileStream(path, options);
    }
}
