using System.Buffers.Binary;
using System.IO.Hashing;
using Google.Protobuf;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Server.Errors;
using ItsService.Server.Hosting;
using ItsService.Server.Memory;
using ItsService.Server.State;
using Microsoft.Win32.SafeHandles;

namespace ItsService.Server.Checkpoints;

/// <summary>
/// The file of a checkpoint, read to its end when it is opened. Whatever it is (cut, changed, a link, a FIFO, another
/// program's), opening it fails in one way alone: it has <see cref="Damage"/>. It takes a bounded amount of memory.
/// What is made of it is read a second time, and must be what was found whole.
/// </summary>
internal sealed class CheckpointFile : IDisposable
{
    // A whole number of pages.
    private const int BufferBytes = 64 * CheckpointLayout.PageEntryBytes;

    private readonly CheckpointName _name;
    private readonly SafeFileHandle? _file;

    // Of what was handed out, in the order in which it lies there.
    private readonly XxHash3 _handedOut = new();
    private CheckpointLayout _layout;
    private ulong _hash;

    private CheckpointFile(CheckpointName name, string path, CancellationToken call)
    {
        _name = name;
        try
        {
            // Looked at before it is opened: opening a FIFO would wait, and a link leads elsewhere.
            if (!UnixFileType.IsRegular(path))
            {
                Damage = "it is no regular file";
                return;
            }

            _file = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete,
                FileOptions.SequentialScan);
            LengthBytes = RandomAccess.GetLength(_file);
            Damage = FindDamage(call);
        }
        catch (Exception failure) when (failure is EndOfStreamException or FileNotFoundException)
        {
            Damage = failure.Message;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It may be as whole as ever.
            Damage = $"it cannot be read now: {failure.Message}";
            IsUnreadable = true;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why it cannot be restored; null when it is whole.</summary>
    public string? Damage { get; }

    /// <summary>Whether that has to do with the disk or the system rather than with the file.</summary>
    public bool IsUnreadable { get; }

    /// <summary>The length of the file.</summary>
    public long LengthBytes { get; }

    /// <summary>How much of it was read.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>What it tells of itself; null where that cannot be read.</summary>
    public V1.SavedCheckpoint? Description { get; private set; }

    /// <summary>The length of the saved state.</summary>
    public ulong StateBytes => _layout.StateBytes;

    /// <summary>Opens it; null when there is no such file.</summary>
    public static CheckpointFile? Open(StateDirectory directory, CheckpointName name, CancellationToken call)
    {
        var path = directory.PathOf(name.FileName);
        var file = new CheckpointFile(name, path, call);
        if (file.Damage is null || UnixFileType.Exists(path))
        {
            return file;
        }

        // It never was, or it was deleted before it was open.
        file.Dispose();
        return null;
    }

    /// <summary>The checkpoint as it is listed.</summary>
    public V1.Checkpoint Describe()
    {
        var checkpoint = CheckpointMessage.Of(Description ?? new V1.SavedCheckpoint(), _layout);
        checkpoint.Name = _name.ToString();
        checkpoint.SizeBytes = (ulong)LengthBytes;
        checkpoint.Damage = Damage ?? "";
        return checkpoint;
    }

    /// <summary>The saved state in its envelope; once, and before the pages.</summary>
    public byte[] ReadState()
    {
        var state = GC.AllocateUninitializedArray<byte>((int)_layout.StateBytes);
        Fill(state, _layout.StateAt);
        _handedOut.Append(state);
        return state;
    }

    /// <summary>
    /// Puts the pages into memory, as far as it takes them. What is wrong with them, or was with what was handed out
    /// before, is told; null where nothing is.
    /// </summary>
    public Problem? ReadPagesInto(HostedMemory memory, ItsServerLimits limits, CancellationToken call)
    {
        try
        {
            return FillPagesOf(memory, limits, call)
                ?? (_handedOut.GetCurrentHashAsUInt64() == _hash ? null : HasChanged());
        }
        catch (EndOfStreamException)
        {
            return HasChanged();
        }
    }

    /// <summary>Closes it.</summary>
    public void Dispose() => _file?.Dispose();

    private Problem HasChanged() => new(
        V1.ErrorReason.CheckpointDamaged, "name", $"'{_name}' is damaged: it has changed while it was read")
    {
        Resource = _name.ToString(),
    };

    private Problem? FillPagesOf(HostedMemory memory, ItsServerLimits limits, CancellationToken call)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
        var (at, end) = (_layout.PagesAt, LengthBytes - CheckpointLayout.HashBytes);
        while (at < end)
        {
            call.ThrowIfCancellationRequested();
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at));
            Fill(part, at);
            _handedOut.Append(part);
            at += part.Length;
            for (; !part.IsEmpty; part = part[CheckpointLayout.PageEntryBytes..])
            {
                var range = new GuestRange(
                    new GuestAddress(BinaryPrimitives.ReadUInt64LittleEndian(part)), SparseGuestMemory.PageSizeBytes);
                if (!range.Start.IsAligned(SparseGuestMemory.PageSizeBytes) || !memory.IsRam(range))
                {
                    return new Problem(
                        V1.ErrorReason.NoMemory, "spec.memory_regions",
                        $"the page at 0x{range.Start.Value:X} is no page of the VM's memory regions");
                }

                var page = part[CheckpointLayout.PageAddressBytes..CheckpointLayout.PageEntryBytes];
                if (!memory.TryWriteAnyRegion(range.Start, page))
                {
                    return MemoryCheck.Exhausted("", limits);
                }
            }
        }

        return null;
    }

    private string? FindDamage(CancellationToken call)
    {
        Span<byte> header = stackalloc byte[CheckpointLayout.HeaderBytes];
        header.Clear();
        Fill(header[..(int)Math.Min(header.Length, LengthBytes)], 0);
        if (!CheckpointLayout.IsCheckpoint(header))
        {
            return $"its {LengthBytes} bytes do not begin as a checkpoint does";
        }

        if (CheckpointLayout.VersionOf(header) is var version and not CheckpointLayout.Version)
        {
            return $"it is of version {version}, which version {ServiceVersion.Text} of the service does not read";
        }

        _layout = CheckpointLayout.Of(header);
        return _layout.FileBytes != (UInt128)LengthBytes
                ? $"it should have {_layout.FileBytes} bytes and has {LengthBytes}"
            : !HasRightHash(call)
                ? "its checksum is wrong: bytes have changed since it was written"
            : FindDamageOfDescription(header);
    }

    private bool HasRightHash(CancellationToken call)
    {
        var hash = new XxHash3();
        var buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
        var end = LengthBytes - CheckpointLayout.HashBytes;
        for (var at = 0L; at < end;)
        {
            call.ThrowIfCancellationRequested();
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at));
            Fill(part, at);
            hash.Append(part);
            at += part.Length;
        }

        Span<byte> written = stackalloc byte[CheckpointLayout.HashBytes];
        Fill(written, end);
        _hash = BinaryPrimitives.ReadUInt64LittleEndian(written);
        return _hash == hash.GetCurrentHashAsUInt64();
    }

    private string? FindDamageOfDescription(ReadOnlySpan<byte> header)
    {
        if (_layout.DescriptionBytes is 0 or > CheckpointLayout.DescriptionBytesMax)
        {
            return $"its description has {_layout.DescriptionBytes} bytes";
        }

        var bytes = GC.AllocateUninitializedArray<byte>((int)_layout.DescriptionBytes);
        Fill(bytes, CheckpointLayout.HeaderBytes);
        _handedOut.Append(header);
        _handedOut.Append(bytes);
        V1.SavedCheckpoint description;
        try
        {
            description = V1.SavedCheckpoint.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException failure)
        {
            return $"its description cannot be read: {failure.Message}";
        }

        if (UnknownFields.FirstIn(bytes, V1.SavedCheckpoint.Descriptor) is { } unknown)
        {
            return $"version {ServiceVersion.Text} of the service does not know {unknown} in it; it needs version "
                + $"{UntrustedText.Shown(description.SavedBy)}, which wrote it, or a newer one";
        }

        Description = description;
        return description.Name == _name.ToString() ? null
            : $"it is '{UntrustedText.Shown(description.Name)}' under another name";
    }

    private void Fill(Span<byte> bytes, long at)
    {
        while (!bytes.IsEmpty)
        {
            var count = RandomAccess.Read(_file!, bytes, at);
            if (count == 0)
            {
                throw new EndOfStreamException("it was cut while it was read");
            }

            bytes = bytes[count..];
            at += count;
            ReadBytes += count;
        }
    }
}
