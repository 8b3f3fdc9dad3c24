using Microsoft.Win32.SafeHandles;

namespace ItsService.Cli.Exchange;

/// <summary>A piece of guest memory in a file that is open.</summary>
internal sealed class OpenImage : IDisposable
{
    private readonly RamImagePart _part;
    private readonly SafeFileHandle _file;

    private OpenImage(RamImagePart part, SafeFileHandle file, ulong sizeBytes)
    {
        (_part, _file, SizeBytes) = (part, file, sizeBytes);
    }

    /// <summary>The file's name.</summary>
    public string File => _part.File;

    /// <summary>Where it lies in the guest.</summary>
    public ulong Address => _part.Address;

    /// <summary>How many bytes it has, which are some.</summary>
    public ulong SizeBytes { get; }

    /// <summary>Opens one.</summary>
    /// <exception cref="InputException">It cannot be read, is no regular file, too short, or empty.</exception>
    public static OpenImage Open(RamImagePart part)
    {
        // Before it is opened, which for a FIFO would wait for its other end.
        if (FileKind.IsSomethingElse(part.File))
        {
            throw Unreadable(part, "it is no regular file");
        }

        SafeFileHandle? file = null;
        try
        {
            file = System.IO.File.OpenHandle(part.File);
            return new OpenImage(part, file, SizeOf(part, (ulong)RandomAccess.GetLength(file)));
        }
        catch (Exception failure)
        {
            file?.Dispose();
            throw failure is IOException or UnauthorizedAccessException or ArgumentException
                ? Unreadable(part, failure.Message)
                : failure;
        }
    }

    /// <summary>Reads bytes of it.</summary>
    /// <exception cref="InputException">They cannot be read.</exception>
    public void Read(ulong offset, Span<byte> bytes)
    {
        try
        {
            for (var count = 0; count < bytes.Length;)
            {
                var read = RandomAccess.Read(_file, bytes[count..], (long)(_part.Offset + offset) + count);
                count += read > 0 ? read : throw new IOException("it has become shorter");
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(_part, failure.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static ulong SizeOf(RamImagePart part, ulong length)
    {
        var rest = length - Math.Min(length, part.Offset);
        var size = part.SizeBytes ?? rest;
        return size > rest
            ? throw new InputException(
                $"{part.File} has {rest} bytes from offset 0x{part.Offset:x} on, and 0x{size:x} are wanted")
            : size == 0 ? throw new InputException($"{part.File} is no image of memory at 0x{part.Address:x}: no bytes")
            : size;
    }

    private static InputException Unreadable(RamImagePart part, string why) =>
        new($"{part.File} cannot be read: {why}");
}
