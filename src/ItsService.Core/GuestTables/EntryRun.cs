using System.Buffers.Binary;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.GuestTables;

/// <summary>Collects entries of 8 bytes that follow one another in guest memory, and writes them at once.</summary>
internal ref struct EntryRun(IGuestMemory memory, Span<byte> buffer)
{
    private const int EntryBytes = sizeof(ulong);

    private readonly Span<byte> _buffer = buffer;
    private GuestAddress _first;
    private int _length;

    /// <summary>What was written last, or could not be.</summary>
    public GuestRange LastRange { get; private set; }

    /// <summary>Takes an entry; writes those before it when it does not follow them or there is no more room.</summary>
    public MemoryOutcome Put(GuestAddress address, ulong entry)
    {
        if (_length > 0 && (_length == _buffer.Length || _first + (ulong)_length != address))
        {
            var outcome = Flush();
            if (!outcome.IsOk)
            {
                return outcome;
            }
        }

        _first = _length == 0 ? address : _first;
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer[_length..], entry);
        _length += EntryBytes;
        return MemoryOutcome.Ok;
    }

    /// <summary>Writes what was collected.</summary>
    public MemoryOutcome Flush()
    {
        var length = _length;
        _length = 0;
        LastRange = new GuestRange(_first, (ulong)length);
        return length == 0 ? MemoryOutcome.Ok : memory.Write(_first, _buffer[..length]);
    }
}
