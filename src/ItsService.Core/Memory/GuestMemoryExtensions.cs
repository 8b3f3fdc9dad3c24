using System.Buffers.Binary;
using ItsService.Core.Identifiers;

namespace ItsService.Core.Memory;

/// <summary>Little-endian values in guest memory.</summary>
internal static class GuestMemoryExtensions
{
    public static MemoryOutcome ReadUInt64(this IGuestMemory memory, GuestAddress address, out ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        var outcome = memory.Read(address, bytes);
        value = outcome.IsOk ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        return outcome;
    }

    public static MemoryOutcome WriteUInt64(this IGuestMemory memory, GuestAddress address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return memory.Write(address, bytes);
    }
}
