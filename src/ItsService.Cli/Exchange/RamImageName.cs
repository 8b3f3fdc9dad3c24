namespace ItsService.Cli.Exchange;

/// <summary>An image of guest memory as a user names it.</summary>
/// <param name="File">The file.</param>
/// <param name="Address">Where it lies in the guest; null for where the export says.</param>
internal sealed record RamImageName(string File, ulong? Address);
