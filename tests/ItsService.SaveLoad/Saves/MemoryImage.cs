using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Saves;

/// <summary>
/// What a guest's controller needs of its memory: tables, and the pages of the queues with commands in flight. A VMM
/// copies all of it; nothing else matters here.
/// </summary>
internal sealed class MemoryImage
{
    private const ulong PageBytes = 4096;

    private readonly List<(GuestAddress Address, byte[] Bytes)> _ranges = [];

    private MemoryImage()
    {
    }

    /// <summary>Reads it from a VM, running or not: what is in flight in a state is not written over.</summary>
    public static async Task<MemoryImage> ReadAsync(VmHandle vm, EventPlan plan, SavedController saved)
    {
        var image = new MemoryImage();
        var ranges = GuestLayout.Tables(plan.DeviceCount)
            .Concat(Enumerable.Range(0, GuestLayout.ItsCount).SelectMany(its => UsedPages(its, saved)));
        foreach (var (start, lengthBytes) in ranges)
        {
            var address = new GuestAddress(start);
            image._ranges.Add((address, await vm.ReadMemoryAsync(address, lengthBytes)));
        }

        return image;
    }

    /// <summary>Writes it into another VM.</summary>
    public async Task WriteToAsync(VmHandle vm)
    {
        foreach (var (address, bytes) in _ranges)
        {
            await vm.WriteMemoryAsync(address, bytes);
        }
    }

    /// <summary>The pages of a queue with commands in flight, in two parts where its end lies between them.</summary>
    private static IEnumerable<(ulong Start, int LengthBytes)> UsedPages(int its, SavedController saved)
    {
        var (readOffset, writeOffset) = (saved.State.Its[its].ReadOffset, saved.State.Its[its].WriteOffset);
        var queue = GuestLayout.Queue(its);
        var start = readOffset & ~(PageBytes - 1);
        var end = (writeOffset + PageBytes - 1) & ~(PageBytes - 1);
        if (writeOffset >= readOffset)
        {
            return end > start ? [(queue + start, (int)(end - start))] : [];
        }

        IEnumerable<(ulong, int)> untilEnd = [(queue + start, (int)(GuestLayout.QueueSizeBytes - start))];
        return end == 0 ? untilEnd : untilEnd.Append((queue, (int)end));
    }
}
