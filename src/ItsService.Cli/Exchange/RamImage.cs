using ItsService.Cli.Output;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Exchange;

/// <summary>
/// Guest memory to and from files: a region's bytes as they are, with holes where it holds nothing but zeros.
/// </summary>
internal static class RamImage
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Where an image that takes all regions of a VM has each: one behind another.</summary>
    public static IReadOnlyList<RamImagePart> PartsOf(IEnumerable<MemoryRegion> regions, string file)
    {
        var parts = new List<RamImagePart>();
        var offset = 0UL;
        foreach (var region in regions)
        {
            parts.Add(new RamImagePart(region.Base, region.SizeBytes, file, offset));
            offset += region.SizeBytes;
        }

        return parts;
    }

    /// <summary>Writes memory to a file, which takes its place when it is whole.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static async Task SaveAsync(
        VmHandle vm, IReadOnlyList<RamImagePart> parts, string path, TextWriter error, CancellationToken cancellation)
    {
        using var file = StateFile.Begin(path);
        try
        {
            file.Content.SetLength((long)parts.Aggregate(0UL, (sum, part) => sum + part.SizeBytes!.Value));
            await EachChunkAsync(error, $"reading memory of {vm.Name.Value}", parts, async (part, done, count) =>
            {
                var bytes = await vm.ReadMemoryAsync(new GuestAddress(part.Address + done), count, cancellation);
                if (bytes.AsSpan().ContainsAnyExcept((byte)0))
                {
                    file.Content.Position = (long)(part.Offset + done);
                    await file.Content.WriteAsync(bytes, cancellation);
                }
            });
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{path} cannot be written: {failure.Message}");
        }

        file.Finish();
    }

    /// <summary>Writes files to memory.</summary>
    /// <exception cref="InputException">One cannot be read, or is too short.</exception>
    public static async Task LoadAsync(
        VmHandle vm, IReadOnlyList<RamImagePart> parts, TextWriter error, CancellationToken cancellation)
    {
        IReadOnlyList<RamImagePart> sized = [.. parts.Select(WithSize)];
        var buffer = new byte[ChunkBytes];
        await EachChunkAsync(error, $"writing memory of {vm.Name.Value}", sized, async (part, done, count) =>
        {
            ReadAt(part, done, buffer.AsSpan(0, count));
            if (buffer.AsSpan(0, count).ContainsAnyExcept((byte)0))
            {
                await vm.WriteMemoryAsync(
                    new GuestAddress(part.Address + done), buffer.AsMemory(0, count), cancellation);
            }
        });
    }

    private static RamImagePart WithSize(RamImagePart part)
    {
        try
        {
            var length = (ulong)new FileInfo(part.File).Length;
            var rest = length - Math.Min(length, part.Offset);
            return part.SizeBytes is not { } size ? part with { SizeBytes = rest }
                : size <= rest ? part
                : throw new InputException(
                    $"{part.File} has {rest} bytes from offset 0x{part.Offset:x} on, and 0x{size:x} are wanted");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{part.File} cannot be read: {failure.Message}");
        }
    }

    private static void ReadAt(RamImagePart part, ulong done, Span<byte> bytes)
    {
        try
        {
            using var file = File.OpenHandle(part.File);
            for (var count = 0; count < bytes.Length;)
            {
                var read = RandomAccess.Read(file, bytes[count..], (long)(part.Offset + done) + count);
                count += read > 0 ? read : throw new IOException("it has become shorter");
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{part.File} cannot be read: {failure.Message}");
        }
    }

    private static Task EachChunkAsync(
        TextWriter error,
        string title,
        IReadOnlyList<RamImagePart> parts,
        Func<RamImagePart, ulong, int, Task> work)
    {
        var chunkCount = parts.Sum(part => (long)((part.SizeBytes!.Value + ChunkBytes - 1) / ChunkBytes));
        return WorkProgress.ShowAsync(error, title, (int)chunkCount, async tell =>
        {
            var toldCount = 0;
            foreach (var part in parts)
            {
                for (var done = 0UL; done < part.SizeBytes!.Value; done += ChunkBytes)
                {
                    await work(part, done, (int)Math.Min(ChunkBytes, part.SizeBytes.Value - done));
                    tell(++toldCount);
                }
            }
        });
    }
}
