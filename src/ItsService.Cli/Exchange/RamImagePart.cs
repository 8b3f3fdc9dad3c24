namespace ItsService.Cli.Exchange;

/// <summary>A piece of guest memory in a file.</summary>
/// <param name="Address">Where it lies in the guest.</param>
/// <param name="SizeBytes">How many bytes; null for all from the offset to the file's end.</param>
/// <param name="File">The file.</param>
/// <param name="Offset">Where it begins in the file.</param>
internal sealed record RamImagePart(ulong Address, ulong? SizeBytes, string File, ulong Offset);
