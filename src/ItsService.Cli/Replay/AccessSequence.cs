using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Replay;

/// <summary>
/// Accesses in their order, and what is to be done with the values that they give. They travel together in batches,
/// as large as the server takes; a caller that needs all of them to have happened flushes.
/// </summary>
/// <remarks>
/// An access that the service cannot make is handed to <paramref name="refused"/> with the line that it belongs to, and
/// its value to nobody.
/// </remarks>
internal sealed class AccessSequence(VmHandle vm, ServerLimits limits, Action<RecordingLine, AccessError> refused)
{
    private VmHandle _vm = vm;
    // About what one access takes in a message beside the bytes that it carries.
    private const int AccessOverheadBytes = 48;

    private readonly int _countMax = (int)Math.Clamp(limits.BatchAccessesMax, 1, 4096);
    private readonly long _bytesMax = BytesMax(limits);
    private readonly int _memoryChunkMax = (int)Math.Clamp((long)limits.MemoryAccessBytesMax, 1, BytesMax(limits));
    private readonly List<RecordingLine> _lines = [];
    private readonly List<Action<BatchResults>> _afterwards = [];
    private AccessBatch _batch = vm.Batch();
    private long _bytes;

    /// <summary>Which pieces of memory something has been written to, by number.</summary>
    public HashSet<ulong> WrittenPieces { get; } = [];

    /// <summary>The line that the accesses to come belong to.</summary>
    public RecordingLine Line { get; set; } = new MarkLine(0, "");

    /// <summary>The value is handed over when the batch was made.</summary>
    public async ValueTask ReadAsync(
        RegisterPlace place,
        AccessSize size,
        Action<ulong> use,
        CancellationToken cancellationToken)
    {
        await MakeRoomAsync(0, cancellationToken);
        _batch.Read(place, size, out var value);
        Use(value, use);
    }

    public async ValueTask WriteAsync(
        RegisterPlace place,
        AccessSize size,
        ulong value,
        CancellationToken cancellationToken)
    {
        await MakeRoomAsync(0, cancellationToken);
        _batch.Write(place, size, value);
    }

    /// <summary>The value is handed over when the batch was made.</summary>
    public async ValueTask ReadSystemRegisterAsync(
        VcpuIndex vcpu,
        SystemRegisterId register,
        Action<ulong> use,
        CancellationToken cancellationToken)
    {
        await MakeRoomAsync(0, cancellationToken);
        _batch.ReadSystemRegister(vcpu, register, out var value);
        Use(value, use);
    }

    public async ValueTask WriteSystemRegisterAsync(
        VcpuIndex vcpu,
        SystemRegisterId register,
        ulong value,
        CancellationToken cancellationToken)
    {
        await MakeRoomAsync(0, cancellationToken);
        _batch.WriteSystemRegister(vcpu, register, value);
    }

    public async ValueTask WriteMemoryAsync(
        GuestAddress address,
        ReadOnlyMemory<byte> data,
        CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            var chunk = data[..Math.Min(data.Length, _memoryChunkMax)];
            await MakeRoomAsync(chunk.Length, cancellationToken);
            _batch.WriteMemory(address, chunk.Span);
            WrittenPieces.UnionWith(MemoryPieces.Of(address.Value, (ulong)chunk.Length));
            address += (ulong)chunk.Length;
            data = data[chunk.Length..];
        }
    }

    public async ValueTask FillMemoryAsync(
        GuestAddress address,
        ulong lengthBytes,
        byte content,
        CancellationToken cancellationToken)
    {
        var chunk = new byte[Math.Min(lengthBytes, (ulong)_memoryChunkMax)];
        chunk.AsSpan().Fill(content);
        for (ulong done = 0; done < lengthBytes; done += (ulong)chunk.Length)
        {
            var length = (int)Math.Min(lengthBytes - done, (ulong)chunk.Length);
            await WriteMemoryAsync(address + done, chunk.AsMemory(0, length), cancellationToken);
        }
    }

    /// <summary>Does this when the accesses so far have been made, and before what is done with later ones.</summary>
    public void Then(Action action) => _afterwards.Add(_ => action());

    /// <summary>Makes the accesses that have not been made, and does what is to be done with their values.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var results = await _batch.SendAsync(cancellationToken);
        foreach (var failure in results.Failures)
        {
            refused(_lines[failure.Place], failure.Error);
        }

        foreach (var use in _afterwards)
        {
            use(results);
        }

        _lines.Clear();
        _afterwards.Clear();
        _batch = _vm.Batch();
        _bytes = 0;
    }

    /// <summary>Goes on with another VM; all accesses so far must have been made.</summary>
    public void MoveTo(VmHandle other)
    {
        _vm = other;
        _batch = other.Batch();
    }

    private static long BytesMax(ServerLimits limits) => (long)Math.Clamp(limits.MessageBytesMax / 2, 1024, 1 << 20);

    private void Use(BatchValue read, Action<ulong> use) => _afterwards.Add(results =>
    {
        if (results.TryGetValue(read, out var value))
        {
            use(value);
        }
    });

    private async ValueTask MakeRoomAsync(int dataBytes, CancellationToken cancellationToken)
    {
        var added = AccessOverheadBytes + dataBytes;
        if (_batch.Count >= _countMax || (_batch.Count > 0 && _bytes + added > _bytesMax))
        {
            await FlushAsync(cancellationToken);
        }

        _bytes += added;
        _lines.Add(Line);
    }
}
