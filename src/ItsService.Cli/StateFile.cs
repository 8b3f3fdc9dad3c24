namespace ItsService.Cli;

/// <summary>
/// A saved state as a file. It takes its place when it is whole: what was there before is there until then, and stays
/// there if it never comes to that.
/// </summary>
internal sealed class StateFile : IDisposable
{
    private readonly string _path;
    private readonly string _unfinishedPath;
    private readonly FileStream _unfinished;

    private StateFile(string path)
    {
        _path = path;
        _unfinishedPath = $"{path}.{Guid.NewGuid():N}.part";
        _unfinished = new FileStream(_unfinishedPath, FileMode.CreateNew, FileAccess.Write);
    }

    /// <summary>Opens a file to write.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static StateFile Begin(string path) => Of(path, "cannot be written", () => Directory.Exists(path)
        ? throw new IOException("it is a directory")
        : new StateFile(path));

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static byte[] Read(string path) => Of(path, "cannot be read", () => File.ReadAllBytes(path));

    /// <summary>Writes the state to the disk, and puts it in the file's place.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Finish(ReadOnlySpan<byte> state)
    {
        try
        {
            _unfinished.Write(state);
            _unfinished.Flush(flushToDisk: true);
            _unfinished.Dispose();
            File.Move(_unfinishedPath, _path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refused(_path, "cannot be written", failure);
        }
    }

    /// <summary>Takes what is not finished away.</summary>
    public void Dispose()
    {
        _unfinished.Dispose();
        File.Delete(_unfinishedPath);
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
