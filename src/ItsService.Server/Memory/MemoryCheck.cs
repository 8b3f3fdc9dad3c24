using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Server.Accesses;
using ItsService.Server.Errors;

namespace ItsService.Server.Memory;

/// <summary>The checks of accesses to guest memory.</summary>
internal static class MemoryCheck
{
    /// <summary>Notes a length that is none, or more than one access may have.</summary>
    public static void Length(
        ulong lengthBytes, string field, ItsServerLimits limits, FieldPath path, RequestProblems problems)
    {
        if (lengthBytes == 0 || lengthBytes > (ulong)limits.MemoryAccessBytesMax)
        {
            var reason = lengthBytes == 0 ? V1.ErrorReason.OutOfRange : V1.ErrorReason.LimitExceeded;
            problems.Add(new Problem(reason, path.Of(field), $"{lengthBytes} bytes in one access")
            {
                Accepted = $"1..{limits.MemoryAccessBytesMax}",
            });
        }
    }

    /// <summary>Notes a range that is not wholly inside regions. Inside the gate: regions come and go.</summary>
    public static void Place(VmMemory memory, GuestRange range, FieldPath path, RequestProblems problems)
    {
        if (!memory.IsRam(range))
        {
            problems.Add(NotRam(range, path.Of("address")) with
            {
                Accepted = Regions(memory.Places, region => $"{region.Range.Start.Value:X}"
                    + $"..0x{region.Range.Start.Value + (region.Range.LengthBytes - 1):X}"),
            });
        }
    }

    /// <summary>A range that is not wholly inside regions.</summary>
    public static Problem NotRam(GuestRange range, string field) =>
        new(V1.ErrorReason.NoMemory, field,
            $"0x{range.LengthBytes:X} bytes at 0x{range.Start.Value:X} are not wholly inside memory regions");

    /// <summary>Memory regions in a few words, the first of them.</summary>
    public static string Regions(IReadOnlyList<MemoryRegion> regions, Func<MemoryRegion, string> show)
    {
        const int ShownMax = 4;
        var shown = string.Join(", ", regions.Take(ShownMax).Select(region => $"0x{show(region)}"));
        return regions.Count switch
        {
            0 => "none: the VM has no memory regions",
            <= ShownMax => shown,
            _ => $"{shown} and those of {regions.Count - ShownMax} more",
        };
    }

    /// <summary>Why a write for somebody other than the guest was not made.</summary>
    public static Problem NotWritten(
        HostWrite end, GuestRange range, string field, ItsServerLimits limits) => end switch
        {
            HostWrite.NotRam => NotRam(range, field),
            HostWrite.UsedUp => Exhausted(field, limits),
            HostWrite.FileFailed => FileFailed(range, field),
            HostWrite.NotTaken => new Problem(
                V1.ErrorReason.MemoryNotAnswered, field,
                "the VMM has not taken what was written to its remote memory before"),
            _ => throw new ArgumentOutOfRangeException(nameof(end), end, "a write that was made"),
        };

    /// <summary>A range in regions that cannot be read: its file has been cut off, or its VMM has no such memory.
    /// </summary>
    public static Problem Unreadable(GuestRange range, string field) => new(
        V1.ErrorReason.MemoryUnusable, field,
        $"the 0x{range.LengthBytes:X} bytes at 0x{range.Start.Value:X} cannot be read: the file of a shared region is"
        + " shorter than the region by now, or the VMM has no such memory");

    private static Problem FileFailed(GuestRange range, string field) => new(
        V1.ErrorReason.MemoryUnusable, field,
        $"the 0x{range.LengthBytes:X} bytes at 0x{range.Start.Value:X} cannot be written: the file of a shared region"
        + " is shorter than the region by now, or may only be read");

    /// <summary>A write that would need more hosted memory than the VM, or all of them together, may have.</summary>
    public static Problem Exhausted(string field, ItsServerLimits limits) =>
        new(V1.ErrorReason.LimitExceeded, field, "the VM's hosted memory, or the service's, is used up")
        {
            Accepted = $"at most {limits.HostedMemoryBytesPerVmMax} bytes for one VM and "
                + $"{limits.HostedMemoryBytesMax} for all of them together",
        };
}
