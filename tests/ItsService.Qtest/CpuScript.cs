using System.Buffers.Binary;

namespace ItsService.Qtest;

/// <summary>What one CPU does in order, in one go.</summary>
public sealed class CpuScript
{
    internal const int EntryBytes = 16;

    /// <summary>As many operations as a mailbox has room for.</summary>
    public const int OperationsMax = 2000;

    private readonly List<(CpuOperation Operation, ulong Argument)> _entries = [];

    /// <summary>How many operations it has.</summary>
    public int Count => _entries.Count;

    /// <summary>Adds an operation. What it reads, or how many it drains, is the value of the same place.</summary>
    public CpuScript Add(CpuOperation operation, ulong argument = 0)
    {
        if (Count == OperationsMax)
        {
            throw new InvalidOperationException($"A script has at most {OperationsMax} operations.");
        }

        _entries.Add((operation, argument));
        return this;
    }

    internal byte[] Encode()
    {
        var bytes = new byte[Count * EntryBytes];
        for (var place = 0; place < Count; place++)
        {
            var entry = bytes.AsSpan(place * EntryBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, (ulong)_entries[place].Operation);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], _entries[place].Argument);
        }

        return bytes;
    }

    internal CpuResult Decode(ReadOnlySpan<byte> bytes, Func<int, uint[]> readDrained)
    {
        var values = new ulong[Count];
        var drained = 0;
        for (var place = 0; place < Count; place++)
        {
            values[place] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[((place * EntryBytes) + 8)..]);
            drained += _entries[place].Operation == CpuOperation.Drain ? (int)values[place] : 0;
        }

        return new CpuResult(values, drained == 0 ? [] : readDrained(drained));
    }
}

/// <summary>What a CPU's script gave.</summary>
/// <param name="Values">One for each operation; 0 for a write.</param>
/// <param name="Drained">The INTIDs that drains acknowledged, in order.</param>
public sealed record CpuResult(IReadOnlyList<ulong> Values, IReadOnlyList<uint> Drained);
