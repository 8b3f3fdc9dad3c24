using Google.Protobuf;

namespace ItsService.Server.State;

/// <summary>
/// Makes the message of bytes that a walk has found right. The events, most of a large state, stay where they lie: to
/// touch as much new memory as they have takes longer than all the rest.
/// </summary>
internal static class SavedStateParser
{
    /// <summary>The message, as long as its bytes are there and do not change.</summary>
    public static V1.SavedState Parse(ReadOnlyMemory<byte> bytes)
    {
        var state = new V1.SavedState();
        Merge(bytes, state, V1.SavedState.ItsFieldNumber, its => state.Its.Add(ParseIts(its)));
        return state;
    }

    private static V1.SavedIts ParseIts(ReadOnlyMemory<byte> bytes)
    {
        var its = new V1.SavedIts();
        Merge(bytes, its, V1.SavedIts.DevicesFieldNumber, device => its.Devices.Add(ParseDevice(device)));
        return its;
    }

    private static V1.SavedDevice ParseDevice(ReadOnlyMemory<byte> bytes)
    {
        var device = new V1.SavedDevice();
        Merge(
            bytes,
            device,
            V1.SavedDevice.EventsFieldNumber,
            events => device.Events = UnsafeByteOperations.UnsafeWrap(events));
        return device;
    }

    /// <summary>
    /// Gives the parser all but the fields of one number, and <paramref name="take"/> the contents of those.
    /// </summary>
    private static void Merge(
        ReadOnlyMemory<byte> bytes, IMessage into, int number, Action<ReadOnlyMemory<byte>> take)
    {
        var reader = new WireReader(bytes.Span);
        var merged = 0;
        while (!reader.IsAtEnd)
        {
            var begin = bytes.Length - reader.RestLength;
            if (!reader.TryReadTag(out var found, out var wireType)
                || !reader.TryReadContent(wireType, out var content))
            {
                throw new InvalidOperationException("A message was parsed that nobody has looked through.");
            }

            if (found == number)
            {
                var end = bytes.Length - reader.RestLength;
                into.MergeFrom(bytes.Span[merged..begin]);
                take(bytes[(end - content.Length)..end]);
                merged = end;
            }
        }

        into.MergeFrom(bytes.Span[merged..]);
    }
}
