using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Server.Memory.Remote;
using ItsService.Server.Telemetry;

namespace ItsService.Server.Memory;

/// <summary>
/// The guest RAM of one VM: regions, each with its bytes where its creator wants them. An access that runs over the
/// border of two regions that touch is made in pieces; it is checked as a whole before anything is written.
/// </summary>
internal sealed class VmMemory : IGuestMemory
{
    private readonly HostedMemory _hosted;
    private VmRegion[] _regions = [];
    private MemoryRegion[] _places = [];

    /// <param name="regions">Where RAM is. They must not overlap, and files of shared ones are open.</param>
    /// <param name="limits">What one VM may spend.</param>
    /// <param name="budget">What all of them may.</param>
    public VmMemory(IReadOnlyCollection<VmRegion> regions, ItsServerLimits limits, HostedMemoryBudget budget)
    {
        _hosted = new HostedMemory([], limits, budget, Dirty);
        Remote = new RemoteMemory(limits);
        ReplaceRegions(regions);
    }

    /// <summary>The regions, in the order in which they were added.</summary>
    public IReadOnlyList<VmRegion> Regions => _regions;

    /// <summary>Where they are.</summary>
    public IReadOnlyList<MemoryRegion> Places => _places;

    /// <summary>What the controller has written.</summary>
    public DirtyPages Dirty { get; } = new();

    /// <summary>The memory that the service owns.</summary>
    public HostedMemory Hosted => _hosted;

    /// <summary>The memory that the VMM answers for.</summary>
    public RemoteMemory Remote { get; }

    /// <summary>What is measured of the VM; null for memory of no VM.</summary>
    public VmTelemetry? Telemetry { get; set; }

    /// <summary>Whether the service owns all of it.</summary>
    public bool IsAllHosted { get; private set; } = true;

    /// <summary>Whether the VMM answers for some of it.</summary>
    public bool HasRemote { get; private set; }

    /// <inheritdoc/>
    public MemoryOutcome Read(GuestAddress address, Span<byte> destination)
    {
        if (IsAllHosted)
        {
            return _hosted.Read(address, destination);
        }

        while (!destination.IsEmpty)
        {
            if (Find(address) is not { } region)
            {
                return MemoryOutcome.Fault;
            }

            var count = (int)Math.Min((ulong)destination.Length, region.BytesFrom(address));
            var outcome = Read(region, address, destination[..count]);
            if (!outcome.IsOk)
            {
                return outcome;
            }

            destination = destination[count..];
            address += (ulong)count;
        }

        return MemoryOutcome.Ok;
    }

    /// <inheritdoc/>
    public MemoryOutcome Write(GuestAddress address, ReadOnlySpan<byte> source)
    {
        if (IsAllHosted)
        {
            return _hosted.Write(address, source);
        }

        var probed = ProbeForWriting(new GuestRange(address, (ulong)source.Length));
        if (!probed.IsOk || Store(address, source) != HostWrite.Done)
        {
            return MemoryOutcome.Fault;
        }

        Dirty.Add(address, source.Length);
        return MemoryOutcome.Ok;
    }

    /// <inheritdoc/>
    public MemoryOutcome ProbeForWriting(GuestRange range) =>
        (IsAllHosted
            ? _hosted.ProbeForWriting(range).IsOk
            : !AnyReadOnly(range) && Probe(range) == HostWrite.Done)
        ? MemoryOutcome.Ok
        : MemoryOutcome.Fault;

    /// <summary>Whether the range is wholly inside regions, read-only ones included.</summary>
    public bool IsRam(GuestRange range) => IsAllHosted ? _hosted.IsRam(range) : Probe(range) != HostWrite.NotRam;

    /// <summary>
    /// Writes for somebody other than the guest, who may write read-only regions, and who knows what was written.
    /// </summary>
    public HostWrite WriteAnyRegion(GuestAddress address, ReadOnlySpan<byte> source)
    {
        var probed = Probe(new GuestRange(address, (ulong)source.Length));
        return probed == HostWrite.Done ? Store(address, source) : probed;
    }

    /// <summary>
    /// Takes what writes inside regions with <see cref="WriteAnyRegion"/> will need of hosted memory, for all or none
    /// of them. False when what may be spent does not suffice.
    /// </summary>
    public bool TryReserve(IEnumerable<(GuestAddress Address, ReadOnlyMemory<byte> Source)> writes) =>
        _hosted.TryReserve(IsAllHosted ? writes : HostedPieces(writes));

    /// <summary>
    /// Puts <paramref name="regions"/> in place of the present ones. Bytes of hosted regions that are not among them
    /// are lost, and files of shared ones are closed.
    /// </summary>
    public void ReplaceRegions(IReadOnlyCollection<VmRegion> regions)
    {
        foreach (var gone in _regions.Except(regions))
        {
            gone.File?.Dispose();
        }

        _regions = [.. regions];
        _places = [.. regions.Select(region => region.Place)];
        IsAllHosted = regions.All(region => region.IsHosted);
        HasRemote = regions.Any(region => region.IsRemote);
        _hosted.ReplaceRegions(regions.Where(region => region.IsHosted).Select(region => region.Place));
        Remote.Forget();
    }

    /// <summary>Gives back all that was taken, when the VM goes.</summary>
    public void Release()
    {
        ReplaceRegions([]);
        _hosted.Release();
        Remote.Release();
    }

    private MemoryOutcome Read(VmRegion region, GuestAddress address, Span<byte> destination) =>
        region.IsHosted ? _hosted.Read(address, destination)
        : region.IsRemote ? Remote.Read(address, destination)
        : TryReadFile(region, address, destination) ? MemoryOutcome.Ok
        : MemoryOutcome.Fault;

    private bool TryReadFile(VmRegion region, GuestAddress address, Span<byte> destination)
    {
        var beganAt = Telemetry?.BeginMemory() ?? 0;
        var isRead = region.OpenFile.TryRead(region.OffsetOf(address), destination);
        Telemetry?.EndMemory(
            MemoryBackend.Shared, MemoryAction.Read, beganAt, isRead ? null : VmTelemetry.MemoryFailed);
        return isRead;
    }

    // What may be refused comes first: hosted memory for all pieces. A file may have been cut off since it was asked.
    private HostWrite Store(GuestAddress address, ReadOnlySpan<byte> source)
    {
        if (!TryReserveHosted(address, source))
        {
            return HostWrite.UsedUp;
        }

        var stored = HostWrite.Done;
        while (!source.IsEmpty)
        {
            var region = Find(address)!;
            var count = (int)Math.Min((ulong)source.Length, region.BytesFrom(address));
            if (!TryStore(region, address, source[..count]))
            {
                stored = HostWrite.FileFailed;
            }

            source = source[count..];
            address += (ulong)count;
        }

        return stored;
    }

    private bool TryStore(VmRegion region, GuestAddress address, ReadOnlySpan<byte> source)
    {
        if (region.IsHosted)
        {
            return _hosted.TryWriteAnyRegion(address, source);
        }

        if (region.IsRemote)
        {
            Remote.Write(address, source);
            return true;
        }

        var beganAt = Telemetry?.BeginMemory() ?? 0;
        var isWritten = region.OpenFile.TryWrite(region.OffsetOf(address), source);
        Telemetry?.EndMemory(
            MemoryBackend.Shared, MemoryAction.Write, beganAt, isWritten ? null : VmTelemetry.MemoryFailed);
        return isWritten;
    }

    private bool TryReserveHosted(GuestAddress address, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            var region = Find(address)!;
            var count = (int)Math.Min((ulong)source.Length, region.BytesFrom(address));
            if (region.IsHosted && !_hosted.TryReserve(address, source[..count]))
            {
                return false;
            }

            source = source[count..];
            address += (ulong)count;
        }

        return true;
    }

    private IEnumerable<(GuestAddress Address, ReadOnlyMemory<byte> Source)> HostedPieces(
        IEnumerable<(GuestAddress Address, ReadOnlyMemory<byte> Source)> writes)
    {
        foreach (var (start, bytes) in writes)
        {
            for (var (address, source) = (start, bytes); !source.IsEmpty;)
            {
                var region = Find(address)!;
                var count = (int)Math.Min((ulong)source.Length, region.BytesFrom(address));
                if (region.IsHosted)
                {
                    yield return (address, source[..count]);
                }

                source = source[count..];
                address += (ulong)count;
            }
        }
    }

    // Whether a range is RAM that has room for a write, whoever asks for it.
    private HostWrite Probe(GuestRange range)
    {
        if (range.Wraps)
        {
            return HostWrite.NotRam;
        }

        var probed = HostWrite.Done;
        var (address, left) = (range.Start, range.LengthBytes);
        while (left > 0)
        {
            if (Find(address) is not { } region)
            {
                return HostWrite.NotRam;
            }

            var count = Math.Min(left, region.BytesFrom(address));
            var piece = Probe(region, address, count);
            probed = piece == HostWrite.Done ? probed : piece;
            left -= count;
            address += count;
        }

        return probed;
    }

    private HostWrite Probe(VmRegion region, GuestAddress address, ulong count) =>
        region.IsHosted ? HostWrite.Done
        : region.IsRemote ? Remote.HasRoomFor(count) ? HostWrite.Done : HostWrite.NotTaken
        : region.OpenFile.MayWrite(region.OffsetOf(address), count) ? HostWrite.Done
        : HostWrite.FileFailed;

    private bool AnyReadOnly(GuestRange range) =>
        Array.Exists(_regions, region => region.Place.IsReadOnly && region.Place.Range.Overlaps(range));

    /// <summary>The region in which an address lies; null for none.</summary>
    public VmRegion? Find(GuestAddress address) =>
        Array.Find(_regions, region => region.Place.Range.Contains(address));
}
