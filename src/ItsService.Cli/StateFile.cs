namespace ItsService.Cli;

/// <summary>
/// A saved state, or a part of one, as a file. It takes its place when it is whole: what was there before is there
/// until then, and stays there if it never comes to that. What is behind a symbolic link is replaced and not the link.
/// </summary>
internal sealed class StateFile : IDisposable
{
    // What a guest's interrupts are is nobody else's business, unless the file that is replaced said otherwise.
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly string _target;
    private readonly string _unfinishedPath;
    private readonly FileStream _unfinished;

    private StateFile(string path, Func<string, FileStream> create)
    {
        _path = path;
        _target = TargetOf(path);
        _unfinishedPath = $"{_target}.{Guid.NewGuid():N}.part";
        _unfinished = create(_unfinishedPath);
    }

    /// <summary>Opens a file to write.</summary>
    /// <param name="path">Where it is to be.</param>
    /// <param name="create">Makes the file that is written first; null for an ordinary one.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static StateFile Begin(string path, Func<string, FileStream>? create = null) =>
        Of(path, "cannot be written", () => new StateFile(path, create ?? Create));

    /// <summary>Makes a file that nobody else reads. What is written to it is on its way at once.</summary>
    public static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return new FileStream(path, options);
    }

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static byte[] Read(string path) => Of(path, "cannot be read", () => File.ReadAllBytes(path));

    /// <summary>Gives it a length. What is not written is zeros, and takes no room.</summary>
    /// <exception cref="InputException">It cannot have that.</exception>
    public void SetLength(ulong bytes)
    {
        try
        {
            _unfinished.SetLength((long)Math.Min(bytes, long.MaxValue));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Refused(_path, "cannot be written", failure);
        }
    }

    /// <summary>Writes a piece of the content.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public async Task WriteAsync(ulong offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            _unfinished.Position = (long)offset;
            await _unfinished.WriteAsync(bytes, cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refused(_path, "cannot be written", failure);
        }
    }

    /// <summary>Writes the state to the disk, and puts it in the file's place.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Finish(ReadOnlySpan<byte> state)
    {
        Complete(state);
        TakePlace();
    }

    /// <summary>Writes the state to the disk.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Complete(ReadOnlySpan<byte> state)
    {
        try
        {
            _unfinished.Write(state);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refused(_path, "cannot be written", failure);
        }

        Complete();
    }

    /// <summary>Brings the content to the disk. After that nothing can go wrong that a disk has to do with.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Complete()
    {
        try
        {
            _unfinished.Flush(flushToDisk: true);
            if (!OperatingSystem.IsWindows() && File.Exists(_target))
            {
                File.SetUnixFileMode(_unfinished.SafeFileHandle, File.GetUnixFileMode(_target));
            }

            _unfinished.Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refused(_path, "cannot be written", failure);
        }
    }

    /// <summary>Puts what is complete in the file's place.</summary>
    /// <exception cref="InputException">It cannot be put there.</exception>
    public void TakePlace()
    {
        try
        {
            File.Move(_unfinishedPath, _target, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refused(_path, "cannot be written", failure);
        }
    }

    /// <summary>Whether both are to have one place, whichever links lead there.</summary>
    public bool HasPlaceOf(StateFile other)
    {
        // Of two paths to one folder, each shows what has been begun in the other.
        var folder = Path.GetDirectoryName(Path.GetFullPath(_target)) ?? "";
        return Path.GetFileName(_target) == Path.GetFileName(other._target)
            && File.Exists(Path.Combine(folder, Path.GetFileName(other._unfinishedPath)));
    }

    /// <summary>Takes what is not finished away. Whoever could not write it has been told.</summary>
    public void Dispose()
    {
        try
        {
            _unfinished.Dispose();
        }
        catch (IOException)
        {
            // What it still had to write is not wanted any more.
        }
        finally
        {
            TryDeleteUnfinished();
        }
    }

    private void TryDeleteUnfinished()
    {
        try
        {
            File.Delete(_unfinishedPath);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The folder has gone, or is another's now.
        }
    }

    private static string TargetOf(string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException("it is a directory");
        }

        if (FileKind.IsSomethingElse(path))
        {
            throw new IOException("it is no regular file");
        }

        var file = new FileInfo(path);
        return file.LinkTarget is null ? path : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    private static T Of<T>(string path, string what, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Refused(path, what, failure);
        }
    }

    private static InputException Refused(string path, string what, Exception failure) =>
        new($"{path} {what}: {failure.Message}");
}
