using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Server.Errors;
using ItsService.Server.Memory;

namespace ItsService.Server.Specs;

/// <summary>Memory regions of a spec or of an update.</summary>
internal static class MemoryRegionReader
{
    /// <summary>The regions, without their files; those with problems are left out.</summary>
    public static VmRegion[] Read(
        IReadOnlyList<V1.MemoryRegion> regions, string field, AddressRanges ranges, RequestProblems problems)
    {
        var read = new List<VmRegion>(regions.Count);
        for (var index = 0; index < regions.Count; index++)
        {
            var region = regions[index];
            var range = new GuestRange(new GuestAddress(region.Base), region.SizeBytes);
            var hasBacking = CheckBacking(region, $"{field}[{index}]", problems);
            if (Check(range, $"{field}[{index}]", problems) && hasBacking)
            {
                ranges.Add(new AddressRanges.Entry(range, $"{field}[{index}].base", $"memory region {index}"));
                read.Add(new VmRegion(new MemoryRegion(range, region.ReadOnly), region.Clone()));
            }
        }

        return [.. read];
    }

    /// <summary>Whether a VM may have so many regions.</summary>
    public static bool CheckCount(int count, string field, ItsServerLimits limits, RequestProblems problems)
    {
        if (count <= limits.MemoryRegionsPerVmMax)
        {
            return true;
        }

        problems.Add(new Problem(V1.ErrorReason.LimitExceeded, field, $"{count} memory regions")
        {
            Accepted = $"at most {limits.MemoryRegionsPerVmMax}",
        });
        return false;
    }

    // A kind of backing that a newer client knows and this server does not arrives as none.
    private static bool CheckBacking(V1.MemoryRegion region, string field, RequestProblems problems)
    {
        if (region.BackingCase != V1.MemoryRegion.BackingOneofCase.None)
        {
            return true;
        }

        problems.Add(new Problem(V1.ErrorReason.Required, $"{field}.backing", "it is not said where the bytes are")
        {
            Accepted = "hosted, shared or remote",
        });
        return false;
    }

    private static bool Check(GuestRange range, string field, RequestProblems problems)
    {
        var countBefore = problems.Count;
        if (!range.Start.IsAligned(SparseGuestMemory.PageSizeBytes))
        {
            problems.Add(new Problem(
                V1.ErrorReason.Misaligned, $"{field}.base", $"0x{range.Start.Value:X} is misaligned")
            {
                Accepted = "a multiple of 4096",
            });
        }

        if (range.LengthBytes == 0)
        {
            problems.Add(new Problem(V1.ErrorReason.OutOfRange, $"{field}.size_bytes", "the region is empty")
            {
                Accepted = "a multiple of 4096, not 0",
            });
        }
        else if (range.LengthBytes % SparseGuestMemory.PageSizeBytes != 0)
        {
            problems.Add(new Problem(
                V1.ErrorReason.Misaligned, $"{field}.size_bytes", $"{range.LengthBytes} is no multiple of 4096")
            {
                Accepted = "a multiple of 4096, not 0",
            });
        }

        if (range.Wraps)
        {
            problems.Add(AddressRanges.Wrapping($"{field}.size_bytes", range));
        }

        return problems.Count == countBefore;
    }
}
