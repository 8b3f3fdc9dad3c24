using ItsService.Cli.Input;

namespace ItsService.Cli.Exchange;

/// <summary>Which images of guest memory are taken: those that the user names, or those that the export does.</summary>
internal static class ChosenImages
{
    /// <summary>The images; none where nobody names any.</summary>
    /// <param name="document">The export.</param>
    /// <param name="named">What the user names.</param>
    /// <exception cref="UsageException">What the user names does not go with the export.</exception>
    /// <exception cref="InputException">The export names a file that only a user may name.</exception>
    public static IReadOnlyList<RamImagePart> Of(ExportDocument document, IReadOnlyList<RamImageName> named)
    {
        if (named.Count == 0)
        {
            return [.. document.Memory.Select((part, index) => part with { File = PathOf(document, part, index) })];
        }

        if (named.All(image => image.Address is not null))
        {
            return [.. named.Select(image =>
                new RamImagePart(image.Address!.Value, SizeBytes: null, image.File, Offset: 0))];
        }

        return named.Count == 1 && document.Memory.Select(part => part.File).Distinct().Count() == 1
            ? [.. document.Memory.Select(part => part with { File = named[0].File })]
            : throw new UsageException(
                "--ram FILE stands for the one image that the export names: write FILE@ADDRESS for each of several, "
                + "or where it names none");
    }

    /// <summary>
    /// Beside the export or below. An export that comes from elsewhere could name any file of the user's, and have it
    /// read into a VM.
    /// </summary>
    private static string PathOf(ExportDocument document, RamImagePart part, int index)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(document.Path)) ?? "";
        folder = Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar;
        var path = part.File.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(part.File)
            ? ""
            : Path.GetFullPath(part.File, folder);
        return path.StartsWith(folder, StringComparison.Ordinal) && path.Length > folder.Length
            ? path
            : throw new InputException(
                $"{document.Path}: memory[{index}].file: '{ShownText.Of(part.File)}' is not beside the export or below "
                + "it: if that is the image, name it with --ram FILE");
    }
}
