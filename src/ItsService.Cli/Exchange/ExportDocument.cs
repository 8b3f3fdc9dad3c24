using ItsService.Protocol.V1;

namespace ItsService.Cli.Exchange;

/// <summary>What `export` writes and `import` reads.</summary>
/// <param name="State">The list of attributes.</param>
/// <param name="Spec">What the VM was created as; null in a file that somebody else has made.</param>
/// <param name="Memory">Where images of its memory are, by the names in the file; empty where none was taken.</param>
internal sealed record ExportDocument(ExportedState State, VmSpec? Spec, IReadOnlyList<RamImagePart> Memory)
{
    /// <summary>The file that it was read from.</summary>
    public string Path { get; init; } = "";
}
