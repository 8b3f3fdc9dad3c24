using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.State;

/// <summary>Guest memory page by page, all of it: a controller's write can be anywhere.</summary>
internal static class RamCopy
{
    /// <summary>Gives <paramref name="to"/> the bytes of <paramref name="from"/>.</summary>
    public static void Copy(Guest from, Guest to)
    {
        // In two steps: what is in no region is lost.
        var regions = to.Ram.Regions;
        to.Ram.ReplaceRegions([]);
        to.Ram.ReplaceRegions(regions);
        foreach (var page in from.Ram.SharePages())
        {
            Assert.True(to.Ram.TryWriteAnyRegion(AddressOf(page.Number), page.Bytes), $"{page.Number}");
        }
    }

    /// <summary>The first place where the two differ, outside the ranges, which are of whole pages.</summary>
    public static string? Difference(Guest expected, Guest actual, params ReadOnlySpan<GuestRange> except)
    {
        var empty = new byte[SparseGuestMemory.PageSizeBytes];
        var (left, right) = (Pages(expected.Ram), Pages(actual.Ram));
        foreach (var number in left.Keys.Union(right.Keys).Order())
        {
            var address = AddressOf(number);
            var before = left.GetValueOrDefault(number, empty);
            var after = right.GetValueOrDefault(number, empty);
            var same = before.AsSpan().CommonPrefixLength(after);
            if (same < before.Length && !IsIn(address, except))
            {
                return $"0x{address.Value + (ulong)same:X}: 0x{before[same]:X2}, was 0x{after[same]:X2}";
            }
        }

        return null;
    }

    private static bool IsIn(GuestAddress address, ReadOnlySpan<GuestRange> ranges)
    {
        foreach (var range in ranges)
        {
            if (range.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static Dictionary<ulong, byte[]> Pages(SparseGuestMemory memory) =>
        memory.SharePages().ToDictionary(page => page.Number, page => page.Bytes.ToArray());

    private static GuestAddress AddressOf(ulong pageNumber) => new(pageNumber * SparseGuestMemory.PageSizeBytes);
}
