using System.IO.MemoryMappedFiles;

namespace ItsService.VmmPrototype.Memory;

/// <summary>
/// Bytes of a file, or of this process alone, mapped as a whole. Pages that nobody has written take no memory.
/// </summary>
internal sealed unsafe class MappedBytes : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly string? _temporaryPath;
    private readonly byte* _pointer;

    private MappedBytes(MemoryMappedFile file, ulong sizeBytes, string? temporaryPath)
    {
        _file = file;
        _temporaryPath = temporaryPath;
        SizeBytes = sizeBytes;
        _view = file.CreateViewAccessor(0, (long)sizeBytes);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _pointer = pointer;
    }

    public ulong SizeBytes { get; }

    public byte* Pointer => _pointer;

    /// <summary>Zeros, of this process alone.</summary>
    public static MappedBytes Private(ulong sizeBytes) =>
        new(MemoryMappedFile.CreateNew(null, (long)sizeBytes), sizeBytes, temporaryPath: null);

    /// <summary>A new file of its owner's alone, which goes when this is disposed of.</summary>
    public static MappedBytes InNewFile(string path, ulong sizeBytes)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var stream = new FileStream(path, options);
        try
        {
            stream.SetLength((long)sizeBytes);
            return new MappedBytes(Map(stream, sizeBytes), sizeBytes, path);
        }
        catch
        {
            stream.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>A file that is there and stays.</summary>
    public static MappedBytes OfFile(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var sizeBytes = (ulong)stream.Length;
        return new MappedBytes(Map(stream, sizeBytes), sizeBytes, temporaryPath: null);
    }

    /// <summary>Some of them. The caller has checked that they lie inside.</summary>
    public Span<byte> Span(ulong offset, int lengthBytes) => new(_pointer + offset, lengthBytes);

    public void Flush() => _view.Flush();

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        if (_temporaryPath is not null)
        {
            File.Delete(_temporaryPath);
        }
    }

    private static MemoryMappedFile Map(FileStream stream, ulong sizeBytes) => MemoryMappedFile.CreateFromFile(
        stream,
        mapName: null,
        (long)sizeBytes,
        MemoryMappedFileAccess.ReadWrite,
        HandleInheritability.None,
        leaveOpen: false);
}
