using System.Buffers.Binary;
using System.IO.Hashing;
using Google.Protobuf;
using ItsService.Fuzz.Machines;
using ItsService.Server.State;

namespace ItsService.Fuzz.Targets;

/// <summary>
/// An input of <see cref="BlobTarget"/>: 0 shape | 1 mode | 2..9 seed of what the guest does afterwards | 10.. body. In
/// one mode the body is the blob. In the other it is a SavedState without its shape, which the VM's own is added to and
/// which is sealed with a right length and checksum: so it gets behind the envelope, and stays good when a profile gets
/// another value.
/// </summary>
internal readonly record struct BlobInput(int Shape, bool IsRaw, ulong Seed, byte[] Body)
{
    private const int HeaderBytes = 10;
    private const int EnvelopeBytes = 24;

    private static readonly byte[][] Shapes =
    [
        .. MachineShapes.All.Select(shape => new V1.SavedState { Shape = StateShape.Of(shape) }.ToByteArray()),
    ];

    public static BlobInput Parse(byte[] input)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        input.AsSpan(0, Math.Min(input.Length, HeaderBytes)).CopyTo(header);
        return new BlobInput(
            header[0] % MachineShapes.All.Count,
            (header[1] & 1) == 1,
            BinaryPrimitives.ReadUInt64LittleEndian(header[2..]),
            input.Length > HeaderBytes ? input[HeaderBytes..] : []);
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[HeaderBytes + Body.Length];
        (bytes[0], bytes[1]) = ((byte)Shape, (byte)(IsRaw ? 1 : 0));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(2), Seed);
        Body.CopyTo(bytes.AsSpan(HeaderBytes));
        return bytes;
    }

    /// <summary>The bytes that State.Restore gets.</summary>
    public byte[] ToBlob()
    {
        if (IsRaw)
        {
            return Body;
        }

        byte[] message = [.. Body, .. Shapes[Shape]];
        var blob = new byte[EnvelopeBytes + message.Length];
        "ITSSTATE"u8.CopyTo(blob);
        BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(8), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(12), (uint)message.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(blob.AsSpan(16), XxHash3.HashToUInt64(message));
        message.CopyTo(blob.AsSpan(EnvelopeBytes));
        return blob;
    }
}
