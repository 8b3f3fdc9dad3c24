using ItsService.Core;
using ItsService.Core.Identifiers;
using ItsService.Core.Registers;
using ItsService.Server.Errors;

namespace ItsService.Server.Specs;

/// <summary>What lies where in a VM's guest physical address space, to find what lies over something else.</summary>
internal sealed class AddressRanges
{
    private readonly List<Entry> _entries = [];

    /// <summary>A frame or a memory region. It is not empty and does not wrap.</summary>
    /// <param name="Range">Where.</param>
    /// <param name="Field">The request's field that says so.</param>
    /// <param name="What">What it is, for people.</param>
    /// <param name="IsFrame">Whether it is a frame.</param>
    internal readonly record struct Entry(GuestRange Range, string Field, string What, bool IsFrame = false)
    {
        public ulong Last => Range.Start.Value + (Range.LengthBytes - 1);
    }

    /// <summary>A range that runs past the end of the address space.</summary>
    public static Problem Wrapping(string field, GuestRange range) =>
        new(V1.ErrorReason.OutOfRange, field, $"{range.LengthBytes} bytes at 0x{range.Start.Value:X} run past 2^64");

    /// <summary>Takes the frames that a VM has already.</summary>
    public void AddFrames(FrameLayout layout)
    {
        if (layout.Distributor is { } distributor)
        {
            Add(new Entry(new GuestRange(distributor, GicdMap.FrameSizeBytes), "", "the distributor", IsFrame: true));
        }

        foreach (var region in layout.RedistributorRegions)
        {
            Add(new Entry(region.Range, "", "a redistributor region", IsFrame: true));
        }

        for (var number = 0; number < layout.ItsBases.Count; number++)
        {
            if (layout.ItsBases[number] is { } its)
            {
                Add(new Entry(new GuestRange(its, GitsMap.FrameSizeBytes), "", $"ITS {number}", IsFrame: true));
            }
        }
    }

    /// <summary>Takes one more.</summary>
    public void Add(in Entry entry) => _entries.Add(entry);

    /// <summary>
    /// Notes each entry that lies over a frame or a region which was added before it: once for each of the two, however
    /// many it lies over.
    /// </summary>
    public void ReportOverlaps(RequestProblems problems)
    {
        for (var number = 0; number < _entries.Count; number++)
        {
            // What the VM has already is in order.
            if (_entries[number].Field.Length > 0)
            {
                ReportOverlap(number, isFrame: true, problems);
                ReportOverlap(number, isFrame: false, problems);
            }
        }
    }

    private void ReportOverlap(int number, bool isFrame, RequestProblems problems)
    {
        for (var earlier = 0; earlier < number; earlier++)
        {
            if (_entries[earlier].IsFrame == isFrame && _entries[earlier].Range.Overlaps(_entries[number].Range))
            {
                problems.Add(Overlap(_entries[number], _entries[earlier]));
                return;
            }
        }
    }

    private static Problem Overlap(in Entry later, in Entry earlier) =>
        new(V1.ErrorReason.Overlap, later.Field, $"{Shown(later)} overlaps {Shown(earlier)}")
        {
            // KVM does not look for RAM under a frame.
            Errno = later.IsFrame && earlier.IsFrame ? Errno.InvalidValue : null,
        };

    private static string Shown(in Entry entry) =>
        $"{entry.What} (0x{entry.Range.Start.Value:X}..0x{entry.Last:X})";
}
