using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>Stands for the value that a read in a batch will give.</summary>
/// <param name="Place">The access's place in the batch, from 0.</param>
public readonly record struct BatchValue(int Place);

/// <summary>Stands for the bytes that a read of memory in a batch will give.</summary>
/// <param name="Place">The access's place in the batch, from 0.</param>
public readonly record struct BatchBytes(int Place);

/// <summary>What a batch gave.</summary>
public sealed class BatchResults
{
    private readonly BatchResponse _response;

    internal BatchResults(BatchResponse response)
    {
        _response = response;
    }

    /// <summary>The lines that differ, after the batch, from before it.</summary>
    public IReadOnlyList<VcpuLine> ChangedLines => _response.ChangedLines;

    /// <summary>The value of a register that was read.</summary>
    public ulong Value(BatchValue read) => _response.Results[read.Place].Value;

    /// <summary>The bytes of memory that were read.</summary>
    public ReadOnlyMemory<byte> Bytes(BatchBytes read) => _response.Results[read.Place].Data.Memory;
}
