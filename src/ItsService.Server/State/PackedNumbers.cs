using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Google.Protobuf;

namespace ItsService.Server.State;

/// <summary>
/// Arrays of little-endian numbers, or of structs of such, as bytes of a message. A state has a million of them: they
/// are written where they lie, and the long lists are read where they lie, too.
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
        where T : unmanaged => numbers.IsDefault ? ByteString.Empty : ToBytes(numbers.AsMemory());

    /// <summary>The memory as bytes, without a copy.</summary>
    public static ByteString ToBytes<T>(ReadOnlyMemory<T> numbers)
        where T : unmanaged
    {
        return numbers.IsEmpty
            ? ByteString.Empty
            : UnsafeByteOperations.UnsafeWrap(new SeenAs<T, byte>(numbers).Memory);
    }

    /// <summary>The numbers where they lie; the bytes must be a whole number of them.</summary>
    public static ReadOnlyMemory<T> ViewOf<T>(ByteString bytes)
        where T : unmanaged => bytes.IsEmpty ? default : new SeenAs<byte, T>(bytes.Memory).Memory;

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

    /// <summary>Memory of one sort seen as another, which nobody writes.</summary>
    private sealed class SeenAs<TFrom, TTo>(ReadOnlyMemory<TFrom> numbers) : MemoryManager<TTo>
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        public override Span<TTo> GetSpan() => MemoryMarshal.Cast<TFrom, TTo>(
            MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(numbers.Span), numbers.Length));

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
