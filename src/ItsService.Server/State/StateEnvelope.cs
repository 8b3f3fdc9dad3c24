using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Google.Protobuf;
using ItsService.Core;
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
    private const int VersionBytesMax = 256;

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

    /// <summary>
    /// Takes a state out of its envelope; null, and problems told, where that cannot be done. The bytes must stay as
    /// they are as long as the state is used.
    /// </summary>
    /// <param name="blob">The bytes.</param>
    /// <param name="problems">Takes what is wrong with them.</param>
    /// <param name="vm">
    /// The VM that is to take it: its shape is compared first, and no more objects are made than it has room for.
    /// </param>
    public static V1.SavedState? Open(
        ReadOnlyMemory<byte> blob, RequestProblems problems, VirtualGicConfiguration? vm = null)
    {
        if (WhyNot(blob.Span) is { } problem)
        {
            problems.Add(problem);
            return null;
        }

        try
        {
            return OpenMessage(blob[HeaderBytes..], problems, vm);
        }
        catch (InvalidProtocolBufferException failure)
        {
            problems.Add(Corrupt("state", $"its message cannot be read: {failure.Message}"));
            return null;
        }
    }

    private static V1.SavedState? OpenMessage(
        ReadOnlyMemory<byte> bytes, RequestProblems problems, VirtualGicConfiguration? vm)
    {
        var message = bytes.Span;
        var walk = StateBounds.OfAny.Walk();
        if (walk.FirstFault(message, out var path, out var place) is var fault and not MessageFault.None)
        {
            problems.Add(fault switch
            {
                MessageFault.Unknown => Unknown(path, WhoSaved(message)),
                MessageFault.TooMany => StateBounds.OfAny.TooMany(place!, path),
                MessageFault.Twice => Corrupt(path, "it stands there twice"),
                _ => Corrupt(path.Length == 0 ? "state" : path, "its message ends within a field, or is none"),
            });
            return null;
        }

        if (vm is not null)
        {
            StateShape.Compare(ShapeIn(message), vm, problems);
            if (problems.Count == 0)
            {
                StateBounds.Of(vm).Check(walk.Counts, problems);
            }
        }

        return problems.Count == 0 ? SavedStateParser.Parse(bytes) : null;
    }

    /// <summary>Of all of a state, only the shape.</summary>
    private static V1.SavedShape? ShapeIn(ReadOnlySpan<byte> message) =>
        WireReader.TryFind(message, V1.SavedState.ShapeFieldNumber, out var shape)
            ? V1.SavedShape.Parser.ParseFrom(shape)
            : null;

    // Of a message that nobody has looked through.
    private static string WhoSaved(ReadOnlySpan<byte> message) =>
        WireReader.TryFind(message, V1.SavedState.SavedByFieldNumber, out var version)
            ? Encoding.UTF8.GetString(version[..Math.Min(version.Length, VersionBytesMax)])
            : "";

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

    private static Problem Corrupt(string text) => Corrupt("state", text);

    private static Problem Corrupt(string path, string text) => new(V1.ErrorReason.StateCorrupt, path, text);

    private static Problem Unknown(string path, string version) =>
        new(
            V1.ErrorReason.Unsupported,
            path,
            $"version {ServiceVersion.Text} of the service does not know this; the state needs version "
            + $"{UntrustedText.Shown(version)}, which saved it, or a newer one");
}
