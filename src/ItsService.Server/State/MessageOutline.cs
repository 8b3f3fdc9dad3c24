using System.Collections.Concurrent;
using Google.Protobuf.Reflection;

namespace ItsService.Server.State;

/// <summary>
/// Where the fields of a type of message lie, at any depth. A type that two fields have stands there twice, so that
/// what is counted is counted for each of them.
/// </summary>
internal sealed class MessageOutline
{
    // A walk notes in a word which fields it has seen.
    private const int NumberMax = 63;
    private const int DepthMax = 16;

    private static readonly ConcurrentDictionary<MessageDescriptor, MessageOutline> Known = [];

    private readonly List<FieldPlace> _places = [];

    private MessageOutline(MessageDescriptor type) => Root = Take(type, "", DepthMax);

    /// <summary>The fields of the message itself, by number.</summary>
    public FieldPlace?[] Root { get; }

    /// <summary>All fields; each stands where its <see cref="FieldPlace.Slot"/> tells.</summary>
    public IReadOnlyList<FieldPlace> Places => _places;

    /// <summary>The outline of a type, which does not contain itself.</summary>
    public static MessageOutline Of(MessageDescriptor type) =>
        Known.GetOrAdd(type, static type => new MessageOutline(type));

    private FieldPlace?[] Take(MessageDescriptor type, string path, int depth)
    {
        ArgumentOutOfRangeException.ThrowIfZero(depth);
        var numberMax = type.Fields.InFieldNumberOrder().Select(field => field.FieldNumber).LastOrDefault();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(numberMax, NumberMax);
        var fields = new FieldPlace?[numberMax + 1];
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            var fieldPath = path + field.Name;
            var inner = field.FieldType == FieldType.Message
                ? Take(field.MessageType, $"{fieldPath}.", depth - 1)
                : null;
            var place = new FieldPlace(field, fieldPath, _places.Count, inner);
            _places.Add(place);
            fields[field.FieldNumber] = place;
        }

        return fields;
    }
}
