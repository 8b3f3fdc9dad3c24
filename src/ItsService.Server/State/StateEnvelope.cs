using System.Buffers.Binary;
using System.IO.Hashing;
using Google.Protobuf;
using ItsService.Server.Errors;
using ItsService.Server.Hosting;

namespace ItsService.Server.State;

/// <summary>
/// The bytes of a saved state: 24 that tell what it is, which version it needs, how long it is and whether it is whole;
/// and the message. <c>saved_state.proto</c> has the layout.
/// </summary>
internal static class StateEnvelope
{
    /// <summary>The bytes before the message.</summary>
    public const int HeaderBytes = 24;

    /// <summary>The version that is written, and the newest that is read.</summary>
    public const uint Version = 1;

    private const int VersionAt = 8;
    private const int LengthAt = 12;
    private const int HashAt = 16;

    private static ReadOnlySpan<byte> Magic => "ITSSTATE"u8;

    /// <summary>Puts a state into its envelope.</summary>
    public static SealedState Seal(V1.SavedState state)
    {
        var length = state.CalculateSize();
        var sealedState = new SealedState(HeaderBytes + length);
        var blob = sealedState.Buffer.Span;
        var message = blob[HeaderBytes..];
        state.WriteTo(message);
        Magic.CopyTo(blob);
        BinaryPrimitives.WriteUInt32LittleEndian(blob[VersionAt..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(blob[LengthAt..], (uint)length);
        BinaryPrimitives.WriteUInt64LittleEndian(blob[HashAt..], XxHash3.HashToUInt64(message));
        return sealedState;
    }

    /// <summary>Takes a state out of its envelope; null, and a problem told, where that cannot be done.</summary>
    public static V1.SavedState? Open(ReadOnlyMemory<byte> blob, RequestProblems problems)
    {
        if (WhyNot(blob.Span) is { } problem)
        {
            problems.Add(problem);
            return null;
        }

        try
        {
            var state = V1.SavedState.Parser.ParseFrom(blob.Span[HeaderBytes..]);
            if (UnknownFields.FirstIn(blob.Span[HeaderBytes..], V1.SavedState.Descriptor) is not { } unknown)
            {
                return state;
            }

            problems.Add(new Problem(
                V1.ErrorReason.Unsupported,
                unknown,
                $"version {ServiceVersion.Text} of the service does not know this; the state needs version "
                + $"{UntrustedText.Shown(state.SavedBy)}, which saved it, or a newer one"));
        }
        catch (InvalidProtocolBufferException failure)
        {
            problems.Add(Corrupt($"its message cannot be read: {failure.Message}"));
        }

        return null;
    }

    private static Problem? WhyNot(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < HeaderBytes || !blob.StartsWith(Magic))
        {
            return Corrupt($"{blob.Length} bytes that do not begin as a saved state does");
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(blob[VersionAt..]);
        if (version != Version)
        {
            return new Problem(
                V1.ErrorReason.Unsupported,
                "state",
                $"it is of version {version}, which version {ServiceVersion.Text} of the service does not read")
            {
                Accepted = $"version {Version}",
            };
        }

        var message = blob[HeaderBytes..];
        var length = BinaryPrimitives.ReadUInt32LittleEndian(blob[LengthAt..]);
        return length != (uint)message.Length
                ? Corrupt($"it should have {HeaderBytes + (ulong)length} bytes and has {blob.Length}")
            : BinaryPrimitives.ReadUInt64LittleEndian(blob[HashAt..]) != XxHash3.HashToUInt64(message)
                ? Corrupt("its checksum is wrong: bytes have changed since it was saved")
            : null;
    }

    private static Problem Corrupt(string text) => new(V1.ErrorReason.StateCorrupt, "state", text);
}
