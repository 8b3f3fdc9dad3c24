namespace ItsService.Server.Checkpoints;

/// <summary>Files and directories that no other user looks into: a guest's memory is in them.</summary>
internal static class OwnerOnly
{
    private const UnixFileMode ReadAndWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a directory with mode 0700, where it is not there.</summary>
    public static void MakeDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, ReadAndWrite | UnixFileMode.UserExecute);
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
