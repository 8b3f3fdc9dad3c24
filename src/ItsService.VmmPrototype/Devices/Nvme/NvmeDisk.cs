using ItsService.VmmPrototype.Memory;

namespace ItsService.VmmPrototype.Devices.Nvme;

/// <summary>What the namespace holds: blocks of 512 bytes, in a file or in memory.</summary>
internal sealed class NvmeDisk(MappedBytes bytes) : IDisposable
{
    public const int BlockShift = 9;

    public ulong BlockCount => bytes.SizeBytes >> BlockShift;

    public bool Contains(ulong firstBlock, uint count) => firstBlock < BlockCount && count <= BlockCount - firstBlock;

    /// <summary>Bytes of blocks that it contains.</summary>
    public Span<byte> Span(ulong firstBlock, ulong offsetBytes, int lengthBytes) =>
        bytes.Span((firstBlock << BlockShift) + offsetBytes, lengthBytes);

    public void Flush() => bytes.Flush();

    public void Dispose() => bytes.Dispose();
}
