using System.Buffers.Binary;

namespace ItsService.StandIns.Tests.Calls;

/// <summary>One message as it is on the wire: a compression flag, the length in four bytes, the payload.</summary>
internal sealed record GrpcFrame(bool IsCompressed, byte[] Payload)
{
    private const int HeaderSizeBytes = 5;

    /// <summary>Reads a body that consists of exactly one message.</summary>
    public static GrpcFrame ParseOnly(byte[] body)
    {
        Assert.True(body.Length >= HeaderSizeBytes, $"a body of {body.Length} bytes holds no frame");
        int length = BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1));
        Assert.Equal(body.Length - HeaderSizeBytes, length);
        return new GrpcFrame(body[0] == 1, body[HeaderSizeBytes..]);
    }
}
