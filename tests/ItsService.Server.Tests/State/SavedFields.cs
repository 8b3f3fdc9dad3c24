using Google.Protobuf;
using Google.Protobuf.Reflection;
using ItsService.Protocol.V1;

namespace ItsService.Server.Tests.State;

/// <summary>
/// A saved state in which every message stands once and is empty, and the places in it: so that what holds for each
/// field and each message is shown for every one, also for those that come later.
/// </summary>
internal sealed class SavedFields
{
    private readonly List<(string Path, IMessage Message)> _messages = [];

    public SavedFields()
    {
        Fill("", State);
    }

    public SavedState State { get; } = new();

    /// <summary>Every message with its path.</summary>
    public IReadOnlyList<(string Path, IMessage Message)> Messages => _messages;

    /// <summary>Every field that holds numbers, flags or bytes, but for those about the state itself.</summary>
    public IEnumerable<(string Path, IMessage Message, FieldDescriptor Field)> Values =>
        from place in _messages
        where place.Message is not SavedShape
        from value in place.Message.Descriptor.Fields.InDeclarationOrder()
        where value.FieldType is not FieldType.Message and not FieldType.String
        select ($"{place.Path}{value.Name}", place.Message, value);

    /// <summary>Puts a value into a field that the model takes without a loss.</summary>
    public static void Set(IMessage message, FieldDescriptor field)
    {
        object value = field.FieldType switch
        {
            FieldType.Bool => true,
            FieldType.UInt32 or FieldType.Fixed32 => 77u,
            FieldType.UInt64 or FieldType.Fixed64 => 0x1234_5678_9ABC_DEF0UL,
            // A whole number of entries of any size that there is.
            FieldType.Bytes => ByteString.CopyFrom([.. Enumerable.Range(1, 24).Select(number => (byte)number)]),
            _ => throw new NotSupportedException($"{field.FullName} is a {field.FieldType}: give it a value here"),
        };
        if (field.IsRepeated)
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(message);
            list.Add(value);
            list.Add(value);
        }
        else
        {
            field.Accessor.SetValue(message, value);
        }
    }

    private void Fill(string path, IMessage message)
    {
        _messages.Add((path, message));
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.FieldType != FieldType.Message || field.IsMap)
            {
                continue;
            }

            var inner = field.MessageType.Parser.ParseFrom(ByteString.Empty);
            if (field.IsRepeated)
            {
                ((System.Collections.IList)field.Accessor.GetValue(message)).Add(inner);
                Fill($"{path}{field.Name}[0].", inner);
            }
            else
            {
                field.Accessor.SetValue(message, inner);
                Fill($"{path}{field.Name}.", inner);
            }
        }
    }
}
