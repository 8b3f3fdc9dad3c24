using System.CommandLine.Parsing;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Input;

/// <summary>A region of guest RAM on the command line.</summary>
internal static class RegionText
{
    /// <summary>How it is written.</summary>
    public const string Form = "BASE:SIZE[:ro][:remote|:shared=PATH[:offset=N]]";

    /// <summary>"0x40000000:512M", "0x40000000:1G:shared=guest-7/ram", "0:64K:ro:remote".</summary>
    public static MemoryRegion? Parse(Token token, ArgumentResult result)
    {
        var parts = token.Value.Split(':');
        if (parts.Length >= 2
            && Number.TryParse(parts[0], out var regionBase)
            && ByteSize.TryParse(parts[1], out var sizeBytes))
        {
            var region = new MemoryRegion { Base = regionBase, SizeBytes = sizeBytes };
            if (TryAddParts(region, parts.AsSpan(2)))
            {
                return region;
            }
        }

        result.AddError(
            $"'{token.Value}' is no memory region: write {Form}, as 0x40000000:512M or"
            + " 0x40000000:1G:shared=guest-7/ram");
        return null;
    }

    private static bool TryAddParts(MemoryRegion region, ReadOnlySpan<string> parts)
    {
        ulong? offset = null;
        foreach (var part in parts)
        {
            if (part == "ro" && !region.ReadOnly)
            {
                region.ReadOnly = true;
            }
            else if (part == "remote" && HasNoBacking(region))
            {
                region.Remote = new RemoteMemory();
            }
            else if (part.StartsWith("shared=", StringComparison.Ordinal) && HasNoBacking(region))
            {
                region.Shared = new SharedMemory { Path = part["shared=".Length..] };
            }
            else if (part.StartsWith("offset=", StringComparison.Ordinal)
                && offset is null
                && ByteSize.TryParse(part["offset=".Length..], out var value))
            {
                offset = value;
            }
            else
            {
                return false;
            }
        }

        if (HasNoBacking(region))
        {
            region.Hosted = new HostedMemory();
        }

        if (offset is { } begin)
        {
            if (region.Shared is null)
            {
                return false;
            }

            region.Shared.OffsetBytes = begin;
        }

        return true;
    }

    private static bool HasNoBacking(MemoryRegion region) =>
        region.BackingCase == MemoryRegion.BackingOneofCase.None;
}
