using Microsoft.Win32.SafeHandles;

namespace ItsService.Server.Memory.Shared;

/// <summary>
/// The part of a file in which a VMM keeps a region of its guest's RAM. It is read and written with calls, and not
/// mapped: who made the file may cut it off at any time, which is an answer here and not the end of the process.
/// </summary>
internal sealed class SharedFile(SafeFileHandle handle, ulong offset) : IDisposable
{
    /// <summary>Reads bytes; false where the file does not have them any more, or cannot be read.</summary>
    public bool TryRead(ulong position, Span<byte> destination)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                var count = RandomAccess.Read(handle, destination, (long)(offset + position));
                if (count == 0)
                {
                    return false;
                }

                destination = destination[count..];
                position += (ulong)count;
            }

            return true;
        }
        catch (Exception failure) when (IsOfFile(failure))
        {
            return false;
        }
    }

    /// <summary>
    /// Writes bytes where the file has them; false where it does not any more, or cannot be written. It does not grow,
    /// unless it is cut off at this very moment.
    /// </summary>
    public bool TryWrite(ulong position, ReadOnlySpan<byte> source)
    {
        if (!MayWrite(position, (ulong)source.Length))
        {
            return false;
        }

        try
        {
            RandomAccess.Write(handle, source, (long)(offset + position));
            return true;
        }
        catch (Exception failure) when (IsOfFile(failure))
        {
            return false;
        }
    }

    /// <summary>Whether the file has these bytes now, and was opened for writing.</summary>
    public bool MayWrite(ulong position, ulong count)
    {
        try
        {
            return CanWrite && offset + position + count <= (ulong)RandomAccess.GetLength(handle);
        }
        catch (Exception failure) when (IsOfFile(failure))
        {
            return false;
        }
    }

    /// <summary>Whether it was opened for writing.</summary>
    public bool CanWrite { get; init; }

    /// <summary>Whose place among the open files it has; given back with it.</summary>
    public SharedFilePlaces? Places { get; set; }

    public void Dispose()
    {
        handle.Dispose();
        Places?.GiveBack();
        Places = null;
    }

    private static bool IsOfFile(Exception failure) => failure is IOException or UnauthorizedAccessException;
}
