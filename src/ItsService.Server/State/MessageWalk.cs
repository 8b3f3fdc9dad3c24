namespace ItsService.Server.State;

/// <summary>
/// Looks through an encoded message before it is parsed, and makes no object for what is in it. An empty message within
/// a list has two bytes and becomes an object of fifty and more; and a parser passes over fields that its type does not
/// have here, at any depth, but in a state they are what a newer service knew of its VM, and a VM without it would be
/// another one.
/// </summary>
/// <param name="outline">The type.</param>
/// <param name="limits">How many elements each list may have in all, by slot; null for any number.</param>
internal sealed class MessageWalk(MessageOutline outline, long[]? limits = null)
{
    private readonly long[] _counts = new long[outline.Places.Count];

    /// <summary>How many elements there are of each field, by slot, as far as the walk has come.</summary>
    public IReadOnlyList<long> Counts => _counts;

    /// <summary>What is wrong with it first.</summary>
    /// <param name="message">The message.</param>
    /// <param name="path">Where, as in "its[1].field 11".</param>
    /// <param name="place">The field, where it is a known one.</param>
    public MessageFault FirstFault(ReadOnlySpan<byte> message, out string path, out FieldPlace? place) =>
        FirstFault(message, outline.Root, out path, out place);

    private MessageFault FirstFault(
        ReadOnlySpan<byte> message, FieldPlace?[] fields, out string path, out FieldPlace? place)
    {
        (path, place) = ("", null);
        var reader = new WireReader(message);
        var (lastNumber, index, seen) = (0, 0, 0UL);
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadTag(out var number, out var wireType))
            {
                return MessageFault.Malformed;
            }

            (lastNumber, index) = (number, number == lastNumber ? index + 1 : 0);
            place = number < fields.Length ? fields[number] : null;
            var content = ReadOnlySpan<byte>.Empty;
            var fault = place is null || !WireReader.IsEncodedSo(place.Field, wireType) ? MessageFault.Unknown
                : reader.TryReadContent(wireType, out content) ? FaultOf(place, wireType, content, ref seen)
                : MessageFault.Malformed;
            if (fault != MessageFault.None)
            {
                path = fault == MessageFault.Unknown ? $"field {number}" : place!.Field.Name;
                return fault;
            }

            if (place!.Inner is { } inner
                && FirstFault(content, inner, out var innerPath, out place) is var within and not MessageFault.None)
            {
                path = PathOf(fields[number]!, index, innerPath);
                return within;
            }
        }

        return MessageFault.None;
    }

    private static string PathOf(FieldPlace outer, int index, string inner)
    {
        var path = outer.Field.IsRepeated ? $"{outer.Field.Name}[{index}]" : outer.Field.Name;
        return inner.Length == 0 ? path : $"{path}.{inner}";
    }

    private MessageFault FaultOf(FieldPlace place, int wireType, ReadOnlySpan<byte> content, ref ulong seen)
    {
        _counts[place.Slot] += WireReader.ElementsIn(content, place.Field, wireType);
        if (place.Field.IsRepeated)
        {
            return limits is not null && _counts[place.Slot] > limits[place.Slot]
                ? MessageFault.TooMany
                : MessageFault.None;
        }

        var own = 1UL << place.Field.FieldNumber;
        var wasSeen = (seen & own) != 0;
        seen |= own;
        return wasSeen ? MessageFault.Twice : MessageFault.None;
    }
}
