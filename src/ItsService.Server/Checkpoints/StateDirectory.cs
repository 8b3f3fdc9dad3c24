using ItsService.Server.Hosting;

namespace ItsService.Server.Checkpoints;

/// <summary>
/// The directory with the checkpoints, which belongs to one service at a time. It is made and locked when it is first
/// used, so that a service which nobody asks for checkpoints leaves no trace.
/// </summary>
/// <param name="setting">Its path, or "none".</param>
/// <param name="troubles">Where is told what goes wrong there.</param>
/// <param name="logger">Where is told what was found there.</param>
internal sealed class StateDirectory(
    string setting, CheckpointTroubles troubles, ILogger<StateDirectory> logger) : IDisposable
{
    private const string Setting = $"{ItsServerOptions.SectionName}:{nameof(ItsServerOptions.StateDirectory)}";

    // The runtime hands out the errno of a lock that another process holds: EWOULDBLOCK.
    private const int HeldByAnother = 11;

    private readonly string _path = setting == ItsServerOptions.Off ? "" : Path.GetFullPath(setting);
    private readonly Lock _opening = new();
    private FileStream? _lock;
    private bool _wasUsed;

    // The service, and each of its writers that has not ended: the last of them lets go of the lock.
    private int _userCount = 1;
    private volatile string? _beingWritten;

    /// <summary>Whether there is none.</summary>
    public bool IsOff => _path.Length == 0;

    private string LockPath => PathOf(".lock");

    /// <summary>Makes it ready for use, at every use: it may be gone by now.</summary>
    /// <exception cref="StateDirectoryException">It cannot be used.</exception>
    public void Open()
    {
        if (IsOff)
        {
            throw new StateDirectoryException(
                $"the service keeps no checkpoints: {Setting} is \"{ItsServerOptions.Off}\"");
        }

        lock (_opening)
        {
            if (_lock is null || UnixFileType.IdOf(LockPath) is not { } there || there != UnixFileType.IdOf(_lock))
            {
                Use("used", OpenAnew);
            }
        }
    }

    /// <summary>The path of a file in it.</summary>
    public string PathOf(string file) => Path.Combine(_path, file);

    /// <summary>The checkpoints that have files there, in order; of one VM, or of all where it is null.</summary>
    public IReadOnlyList<CheckpointName> Names(string? vm) => Use("read", () =>
    {
        var names = new List<CheckpointName>();
        foreach (var file in Directory.EnumerateFileSystemEntries(_path))
        {
            if (CheckpointName.TryParseFileName(Path.GetFileName(file), out var name)
                && (vm is null || name.Vm == vm))
            {
                names.Add(name);
            }
        }

        names.Sort();
        return names;
    });

    /// <summary>The bytes of all checkpoints.</summary>
    public long TotalBytes() => Use("read", () => Names(vm: null)
        .Select(name => new FileInfo(PathOf(name.FileName))).Where(file => file.Exists).Sum(file => file.Length));

    /// <summary>A file in it for writing, which is not there yet; one at a time.</summary>
    public FileStream Create(string file, long bytes)
    {
        _beingWritten = file;
        return Use("written", () => OwnerOnly.Open(PathOf(file), FileMode.CreateNew, bytes));
    }

    /// <summary>Gives a file a name that no other has.</summary>
    public void Rename(string from, string to) =>
        Use("written", () => File.Move(PathOf(from), PathOf(to), overwrite: false));

    /// <summary>Returns when what was done is so after a loss of power, too.</summary>
    public void Flush() => Use("written", () => DirectorySync.Flush(_path));

    /// <summary>Deletes a file, or an empty directory that has its name; false when there is none.</summary>
    /// <param name="file">It.</param>
    /// <param name="before">What is done before it is gone.</param>
    public bool Delete(string file, Action? before = null) => Use("written", () =>
    {
        var path = PathOf(file);
        if (!UnixFileType.Exists(path))
        {
            return false;
        }

        before?.Invoke();
        if (UnixFileType.IsDirectory(path))
        {
            Directory.Delete(path);
        }
        else
        {
            File.Delete(path);
        }

        DirectorySync.Flush(_path);
        return true;
    });

    /// <summary>Keeps the directory from others until <see cref="EndUse"/>, also if the service ends before.</summary>
    public void BeginUse() => Interlocked.Increment(ref _userCount);

    /// <summary>Ends what <see cref="BeginUse"/> began.</summary>
    public void EndUse()
    {
        _beingWritten = null;
        Leave();
    }

    /// <summary>Does something with it, and tells in one way what goes wrong there.</summary>
    /// <param name="what">"used", "read" or "written".</param>
    /// <param name="work">It.</param>
    public T Use<T>(string what, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure) when (IsOfFiles(failure))
        {
            var problem = $"the state directory '{_path}' cannot be {what}: {failure.Message}";
            troubles.Unusable(problem);
            throw new StateDirectoryException(problem, failure);
        }
    }

    /// <summary>Does something with it that has no result.</summary>
    public void Use(string what, Action work) => Use(what, () =>
    {
        work();
        return true;
    });

    /// <summary>Leaves it to others, as soon as nothing is written any more.</summary>
    public void Dispose() => Leave();

    // For a file that the system lets grow no further the runtime has an exception of its own.
    private static bool IsOfFiles(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException;

    private void Leave()
    {
        if (Interlocked.Decrement(ref _userCount) == 0)
        {
            _lock?.Dispose();
        }
    }

    private void OpenAnew()
    {
        // Made again by this service, it might be below the place where another disk is to be mounted.
        if (_wasUsed && !Directory.Exists(_path))
        {
            throw new IOException("it is gone since the service began to use it");
        }

        OwnerOnly.MakeDirectory(_path);
        OwnerOnly.RefuseOthers(_path);
        _lock?.Dispose();
        _lock = null;
        _lock = Lock();
        _wasUsed = true;
        foreach (var path in Directory.EnumerateFiles(_path))
        {
            if (Path.GetFileName(path) is var file && CheckpointName.IsUnfinished(file)
                && file != _beingWritten)
            {
                CheckpointsLog.UnfinishedDeleted(logger, file);
                File.Delete(path);
            }
        }
    }

    private FileStream Lock()
    {
        if (UnixFileType.Exists(LockPath) && !UnixFileType.IsRegular(LockPath))
        {
            throw new IOException($"'{LockPath}' is no regular file");
        }

        try
        {
            return OwnerOnly.Open(LockPath, FileMode.OpenOrCreate);
        }
        catch (IOException failure) when (failure.HResult == HeldByAnother)
        {
            throw new IOException(
                $"another service uses it; give each its own with --state-directory or {Setting}", failure);
        }
    }
}
