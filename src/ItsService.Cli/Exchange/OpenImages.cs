using ItsService.Protocol.V1;

namespace ItsService.Cli.Exchange;

/// <summary>The images of a VM's memory, as they are loaded one after the other.</summary>
internal sealed class OpenImages : List<OpenImage>, IDisposable
{
    /// <summary>Opens images, all or none.</summary>
    /// <exception cref="InputException">One cannot be read, is no regular file, too short, or empty.</exception>
    public static OpenImages Open(IEnumerable<RamImagePart> parts)
    {
        var images = new OpenImages();
        try
        {
            images.AddRange(parts.Select(OpenImage.Open));
            return images;
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }

    /// <summary>Refuses images of memory that there is not.</summary>
    /// <param name="regions">The VM's memory.</param>
    /// <exception cref="InputException">One lies elsewhere, in whole or in part.</exception>
    public void MustLieIn(IReadOnlyCollection<MemoryRegion> regions)
    {
        foreach (var image in this)
        {
            if (FirstGap(Range(image), regions.Select(Range)) is not null)
            {
                throw new InputException(
                    $"{image.File}: 0x{image.SizeBytes:x} bytes at 0x{image.Address:x} are not memory of the VM, "
                    + "which is " + (regions.Count == 0 ? "none" : string.Join(", ", regions.Select(Text))));
            }
        }
    }

    /// <summary>Refuses to leave memory as it is beside images of the rest.</summary>
    /// <param name="regions">The VM's memory.</param>
    /// <exception cref="InputException">Of some of it there is no image.</exception>
    public void MustCover(IReadOnlyCollection<MemoryRegion> regions)
    {
        foreach (var region in regions)
        {
            if (FirstGap(Range(region), this.Select(Range)) is { } gap)
            {
                throw new InputException(
                    $"the export has no image of the VM's memory at 0x{gap:x}, in the region {Text(region)}: if that "
                    + "is to stay as it is, name the images with --ram FILE@ADDRESS");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ForEach(image => image.Dispose());

    private static UInt128? FirstGap(
        (UInt128 Start, UInt128 End) range, IEnumerable<(UInt128 Start, UInt128 End)> covering)
    {
        var reached = range.Start;
        foreach (var (start, end) in covering.OrderBy(other => other.Start))
        {
            if (start <= reached && end > reached)
            {
                reached = end;
            }
        }

        return reached < range.End ? reached : null;
    }

    private static (UInt128 Start, UInt128 End) Range(OpenImage image) =>
        (image.Address, (UInt128)image.Address + image.SizeBytes);

    private static (UInt128 Start, UInt128 End) Range(MemoryRegion region) =>
        (region.Base, (UInt128)region.Base + region.SizeBytes);

    private static string Text(MemoryRegion region) =>
        $"0x{region.Base:x}..0x{unchecked(region.Base + region.SizeBytes - 1):x}";
}
