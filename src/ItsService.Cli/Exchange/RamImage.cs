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

    /// <summary>Writes memory to a file.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static Task SaveAsync(
        VmHandle vm,
        IReadOnlyList<RamImagePart> parts,
        StateFile file,
        TextWriter error,
        CancellationToken cancellation)
    {
        file.SetLength(parts.Aggregate(0UL, (sum, part) => sum + part.SizeBytes!.Value));
        var pieces = parts.Select(part => (part, part.SizeBytes!.Value)).ToList();
        return EachChunkAsync(error, $"reading memory of {vm.Name.Value}", pieces, async (part, done, count) =>
        {
            var bytes = await vm.ReadMemoryAsync(new GuestAddress(part.Address + done), count, cancellation);
            if (bytes.AsSpan().ContainsAnyExcept((byte)0))
            {
                await file.WriteAsync(part.Offset + done, bytes, cancellation);
            }
        });
    }

    /// <summary>Writes files to memory.</summary>
    /// <param name="vm">Whose.</param>
    /// <param name="images">The files.</param>
    /// <param name="isEmpty">The memory is zeros, and has no need of those of the files.</param>
    /// <param name="error">Where progress is shown.</param>
    /// <param name="cancellation">Ends it, with a part of the memory written.</param>
    /// <exception cref="InputException">One cannot be read.</exception>
    public static Task LoadAsync(
        VmHandle vm, OpenImages images, bool isEmpty, TextWriter error, CancellationToken cancellation)
    {
        var buffer = new byte[ChunkBytes];
        var pieces = images.Select(image => (image, image.SizeBytes)).ToList();
        return EachChunkAsync(error, $"writing memory of {vm.Name.Value}", pieces, async (image, done, count) =>
        {
            image.Read(done, buffer.AsSpan(0, count));
            if (!isEmpty || buffer.AsSpan(0, count).ContainsAnyExcept((byte)0))
            {
                await vm.WriteMemoryAsync(
                    new GuestAddress(image.Address + done), buffer.AsMemory(0, count), cancellation);
            }
        });
    }

    private static Task EachChunkAsync<T>(
        TextWriter error,
        string title,
        IReadOnlyList<(T Piece, ulong SizeBytes)> pieces,
        Func<T, ulong, int, Task> work)
    {
        var chunkCount = pieces.Sum(piece => (long)((piece.SizeBytes + ChunkBytes - 1) / ChunkBytes));
        return WorkProgress.ShowAsync(error, title, (int)chunkCount, async tell =>
        {
            var toldCount = 0;
            foreach (var (piece, sizeBytes) in pieces)
            {
                for (var done = 0UL; done < sizeBytes; done += ChunkBytes)
                {
                    await work(piece, done, (int)Math.Min(ChunkBytes, sizeBytes - done));
                    tell(++toldCount);
                }
            }
        });
    }
}
