using System.Buffers.Binary;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Core.GuestTables;

/// <summary>
/// Reads entries of 8 bytes that mostly follow one another, a page of guest memory at a time. Where a page is not
/// wholly in RAM, and where an entry lies across two pages, it is read by itself.
/// </summary>
internal ref struct EntryWindow(IGuestMemory memory, Span<byte> buffer)
{
    /// <summary>How much is read at a time; the buffer's size.</summary>
    public const int SizeBytes = 4096;

    private readonly Span<byte> _buffer = buffer;
    private ulong _first = ulong.MaxValue;

    public MemoryOutcome Read(GuestAddress address, out ulong entry)
    {
        var first = address.Value & ~(SizeBytes - 1UL);
        if (address.Value - first > SizeBytes - sizeof(ulong))
        {
            return memory.ReadUInt64(address, out entry);
        }

        if (first != _first)
        {
            var outcome = memory.Read(new GuestAddress(first), _buffer);
            _first = outcome.IsOk ? first : ulong.MaxValue;
            if (!outcome.IsOk)
            {
                entry = 0;
                return outcome.IsNotResident ? outcome : memory.ReadUInt64(address, out entry);
            }
        }

        entry = BinaryPrimitives.ReadUInt64LittleEndian(_buffer[(int)(address.Value - first)..]);
        return MemoryOutcome.Ok;
    }
}
