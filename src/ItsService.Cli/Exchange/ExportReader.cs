using System.Text.Json;
using Google.Protobuf;
using ItsService.Cli.Input;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Exchange;

/// <summary>
/// Reads an export again, or a list that somebody else has made: of each attribute its device, group, attr and value
/// count, and the rest is for people.
/// </summary>
internal sealed class ExportReader
{
    private static readonly JsonParser MessageParser = new(
        JsonParser.Settings.Default.WithIgnoreUnknownFields(false));

    private readonly string _path;

    private ExportReader(string path) => _path = path;

    /// <exception cref="InputException">The file cannot be read, or is no export.</exception>
    public static ExportDocument Read(string path) => new ExportReader(path).Read(StateFile.Read(path));

    private ExportDocument Read(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return Read(document.RootElement);
        }
        catch (JsonException failure)
        {
            throw Wrong("", $"it is no JSON: {failure.Message}");
        }
    }

    private ExportDocument Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("", "it is no JSON object");
        }

        if (TextOf(root, "format", "format") is var format && format != ExportWriter.Format)
        {
            throw Wrong("format", $"'{format}' is none that is read here, which is '{ExportWriter.Format}'");
        }

        var state = new ExportedState { Shape = Message<SavedShape>(root, "shape") };
        if (root.TryGetProperty("exported_by", out var exportedBy) && exportedBy.ValueKind == JsonValueKind.String)
        {
            state.ExportedBy = exportedBy.GetString();
        }

        state.Attributes.AddRange(Each(root, "attributes", ReadAttribute));
        return new ExportDocument(state, Message<VmSpec>(root, "vm"), [.. Each(root, "memory", ReadPart)]);
    }

    private AttributeValue ReadAttribute(JsonElement entry, string place)
    {
        var attribute = new DeviceAttribute
        {
            Group = (uint)NumberOf(entry, "group", place, uint.MaxValue),
            Attr = NumberOf(entry, "attr", place),
        };
        var device = AttributeDevice.TryParse(TextOf(entry, "device", $"{place}.device"))
            ?? throw Wrong($"{place}.device", $"write {AttributeDevice.Forms}");
        if (device.Kind == AttributeDeviceKind.Its)
        {
            attribute.Its = device.Number;
        }

        return new AttributeValue { Attribute = attribute, Value = NumberOf(entry, "value", place) };
    }

    private RamImagePart ReadPart(JsonElement entry, string place)
    {
        var file = TextOf(entry, "file", $"{place}.file");
        var directory = Path.GetDirectoryName(Path.GetFullPath(_path)) ?? "";
        return new RamImagePart(
            NumberOf(entry, "address", place),
            NumberOf(entry, "size_bytes", place),
            Path.Combine(directory, file),
            NumberOf(entry, "offset", place, long.MaxValue));
    }

    private IEnumerable<T> Each<T>(JsonElement root, string name, Func<JsonElement, string, T> read)
    {
        if (!root.TryGetProperty(name, out var list))
        {
            yield break;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(name, "it is no list");
        }

        var index = 0;
        foreach (var entry in list.EnumerateArray())
        {
            var place = $"{name}[{index++}]";
            yield return entry.ValueKind == JsonValueKind.Object
                ? read(entry, place)
                : throw Wrong(place, "it is no JSON object");
        }
    }

    private T? Message<T>(JsonElement root, string name)
        where T : class, IMessage, new()
    {
        if (!root.TryGetProperty(name, out var message) || message.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        try
        {
            return MessageParser.Parse<T>(message.GetRawText());
        }
        catch (Exception failure) when (failure is InvalidProtocolBufferException or InvalidOperationException)
        {
            throw Wrong(name, failure.Message);
        }
    }

    private ulong NumberOf(JsonElement entry, string name, string place, ulong maximum = ulong.MaxValue)
    {
        var text = entry.TryGetProperty(name, out var value) ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => "",
        } : "";
        return Number.TryParse(text ?? "", out var number) && number <= maximum
            ? number
            : throw Wrong($"{place}.{name}", $"'{text}' is no number up to 0x{maximum:x}: write \"0x11\" or 17");
    }

    private string TextOf(JsonElement entry, string name, string place) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw Wrong(place, "it is missing, or no text");

    private InputException Wrong(string place, string message) =>
        new(place.Length == 0 ? $"{_path}: {message}" : $"{_path}: {place}: {message}");
}
