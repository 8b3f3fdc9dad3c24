using System.Buffers;

namespace ItsService.Server.Accesses;

/// <summary>
/// The checked accesses of one batch, in a buffer that batches share: a large one would burden the collector.
/// </summary>
internal sealed class BatchPlan(int capacity) : IDisposable
{
    private PlannedAccess[]? _accesses = ArrayPool<PlannedAccess>.Shared.Rent(capacity);
    private int _count;

    /// <summary>In the order in which they are made.</summary>
    public ReadOnlySpan<PlannedAccess> Accesses => _accesses.AsSpan(0, _count);

    /// <summary>Whether one of them is to memory.</summary>
    public bool TouchesMemory { get; private set; }

    /// <summary>Whether one of them is a device's, and may be a message.</summary>
    public bool MaySignal { get; private set; }

    /// <summary>Adds one.</summary>
    public void Add(in PlannedAccess access)
    {
        ObjectDisposedException.ThrowIf(_accesses is null, this);
        TouchesMemory |= access.Kind is PlannedAccessKind.ReadMemory or PlannedAccessKind.WriteMemory;
        MaySignal |= access.Requester is not null;
        _accesses[_count++] = access;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _accesses, null) is { } rented)
        {
            ArrayPool<PlannedAccess>.Shared.Return(rented, clearArray: true);
        }
    }
}
