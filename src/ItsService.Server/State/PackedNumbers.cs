using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Google.Protobuf;

namespace ItsService.Server.State;

/// <summary>
/// Arrays of little-endian numbers, or of structs of such, as bytes of a message. A state has a million of them: they
/// are written where they lie, and read by one copy of the whole.
/// </summary>
internal static class PackedNumbers
{
    static PackedNumbers()
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Saved states are little-endian, as this machine must be.");
        }
    }

    /// <summary>The array's memory as bytes, without a copy.</summary>
    public static ByteString ToBytes<T>(ImmutableArray<T> numbers)
        where T : unmanaged
    {
        return numbers.IsDefaultOrEmpty
            ? ByteString.Empty
            : UnsafeByteOperations.UnsafeWrap(new BytesOf<T>(numbers).Memory);
    }

    /// <summary>Whether so many bytes are a whole number of elements.</summary>
    public static bool IsWhole<T>(ByteString bytes)
        where T : unmanaged => bytes.Length % Unsafe.SizeOf<T>() == 0;

    /// <summary>The numbers; the bytes must be a whole number of them.</summary>
    public static ImmutableArray<T> FromBytes<T>(ByteString bytes)
        where T : unmanaged
    {
        if (bytes.IsEmpty)
        {
            return [];
        }

        var numbers = GC.AllocateUninitializedArray<T>(bytes.Length / Unsafe.SizeOf<T>());
        bytes.Span.CopyTo(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return ImmutableCollectionsMarshal.AsImmutableArray(numbers);
    }

    /// <summary>An immutable array seen as bytes, which nobody writes.</summary>
    private sealed class BytesOf<T>(ImmutableArray<T> numbers) : MemoryManager<byte>
        where T : unmanaged
    {
        public override Span<byte> GetSpan() =>
            MemoryMarshal.AsBytes(ImmutableCollectionsMarshal.AsArray(numbers).AsSpan());

        public override MemoryHandle Pin(int elementIndex = 0) =>
            throw new NotSupportedException("Saved numbers are copied, never pinned.");

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
