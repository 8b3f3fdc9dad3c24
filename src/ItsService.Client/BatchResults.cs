using ItsService.Client.Wire;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>Stands for the value that a read in a batch will give.</summary>
/// <param name="Place">The access's place in the batch, from 0.</param>
public readonly record struct BatchValue(int Place);

/// <summary>Stands for the bytes that a read of memory in a batch will give.</summary>
/// <param name="Place">The access's place in the batch, from 0.</param>
public readonly record struct BatchBytes(int Place);

/// <summary>Stands for what becomes of a message that a device writes in a batch.</summary>
/// <param name="Place">The access's place in the batch, from 0.</param>
public readonly record struct BatchMessage(int Place);

/// <summary>An access that could not be made and has changed nothing.</summary>
/// <param name="Place">The access's place in the batch, from 0.</param>
/// <param name="Error">Why.</param>
public sealed record BatchFailure(int Place, AccessError Error);

/// <summary>What a batch gave.</summary>
public sealed class BatchResults
{
    private readonly BatchAnswer _answer;

    internal BatchResults(BatchAnswer answer)
    {
        _answer = answer;
        Failures = [.. answer.Failures];
    }

    /// <summary>The accesses that could not be made. The others were.</summary>
    public IReadOnlyList<BatchFailure> Failures { get; }

    /// <summary>The lines that changed, as they are after the batch.</summary>
    public IReadOnlyList<VcpuLine> ChangedLines => _answer.ChangedLines;

    /// <summary>The value of a register that was read.</summary>
    /// <exception cref="ItsServiceException">The access could not be made.</exception>
    public ulong Value(BatchValue read) =>
        TryGetValue(read, out var value) ? value : Made(read.Place).Value;

    /// <summary>The value of a register that was read, unless it could not be.</summary>
    public bool TryGetValue(BatchValue read, out ulong value)
    {
        return _answer.TryGetValue(read.Place, out value);
    }

    /// <summary>The bytes of memory that were read.</summary>
    /// <exception cref="ItsServiceException">The access could not be made.</exception>
    public ReadOnlyMemory<byte> Bytes(BatchBytes read) => Made(read.Place).Data.Memory;

    /// <summary>What became of a message. Null when what was written is not GITS_TRANSLATER.</summary>
    /// <exception cref="ItsServiceException">The access could not be made.</exception>
    public SignalMsiResult? Message(BatchMessage write) => Made(write.Place).Done?.Msi;

    private AccessResult Made(int place)
    {
        var result = _answer[place];
        return result.Error is { } error ? throw ItsServiceException.OfAccess(place, error) : result;
    }
}
