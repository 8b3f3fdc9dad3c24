using System.Buffers.Binary;
using System.IO.Hashing;

namespace ItsService.Server.Checkpoints;

/// <summary>A file that is written from its beginning to its end, which is the hash of all before.</summary>
internal sealed class HashedFile(FileStream file, CancellationToken call)
{
    private readonly XxHash3 _hash = new();
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(1 << 18);
    private int _count;

    /// <summary>Writes more.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = Math.Min(bytes.Length, _buffer.Length - _count);
            bytes[..count].CopyTo(_buffer.AsSpan(_count));
            _count += count;
            bytes = bytes[count..];
            if (_count == _buffer.Length)
            {
                Empty();
            }
        }
    }

    /// <summary>Writes the hash, and all of it to the disk.</summary>
    public void Finish()
    {
        Empty();
        Span<byte> hash = stackalloc byte[CheckpointLayout.HashBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(hash, _hash.GetCurrentHashAsUInt64());
        file.Write(hash);
        file.Flush(flushToDisk: true);
    }

    private void Empty()
    {
        call.ThrowIfCancellationRequested();
        _hash.Append(_buffer.AsSpan(0, _count));
        file.Write(_buffer.AsSpan(0, _count));
        _count = 0;
    }
}
