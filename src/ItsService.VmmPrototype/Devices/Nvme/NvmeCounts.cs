namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>How many commands of each sort a disk was given.</summary>
internal sealed class NvmeCounts
{
    public long Reads { get; set; }

    public long Writes { get; set; }

    public long Flushes { get; set; }
}
