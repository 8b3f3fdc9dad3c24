using System.Text.Json;
using Google.Protobuf;
using ItsService.Cli.Input;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Exchange;

/// <summary>
/// Reads an export again, or a list that somebody else has made: of each attribute its device, group, attr and value
/// count, and the rest is for people. Which vCPU it is of, its attr tells; its device must say the same.
/// </summary>
internal sealed class ExportReader
{
    private static readonly JsonParser MessageParser = new(
        JsonParser.Settings.Default.WithIgnoreUnknownFields(false));

    private const string NoText = "has half of a character that UTF-16 writes as two, or bytes that are no UTF-8";

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
        catch (InvalidOperationException)
        {
            // Of a name that is compared with those that are looked for.
            throw Wrong("", $"there is a name that {NoText}");
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
            throw Wrong(
                "format", $"'{ShownText.Of(format)}' is none that is read here, which is '{ExportWriter.Format}'");
        }

        var state = new ExportedState { Shape = Message<SavedShape>(root, "shape") };
        if (root.TryGetProperty("exported_by", out var exportedBy) && exportedBy.ValueKind == JsonValueKind.String)
        {
            state.ExportedBy = TextOf(exportedBy, "exported_by");
        }

        var spec = Message<VmSpec>(root, "vm");
        var vcpus = VcpuNumbers.Of(state.Shape, spec);
        state.Attributes.AddRange(
            Each(root, "attributes", (entry, place) => ReadAttribute(entry, place, vcpus)));
        return new ExportDocument(state, spec, [.. Each(root, "memory", ReadPart)]) { Path = _path };
    }

    private AttributeValue ReadAttribute(JsonElement entry, string place, VcpuNumbers vcpus)
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
        else if (device.Kind == AttributeDeviceKind.Vcpu && vcpus.WhyNot(device.Number, attribute) is { } why)
        {
            throw Wrong($"{place}.device", why);
        }

        return new AttributeValue { Attribute = attribute, Value = NumberOf(entry, "value", place) };
    }

    private RamImagePart ReadPart(JsonElement entry, string place) => new(
        NumberOf(entry, "address", place),
        NumberOf(entry, "size_bytes", place),
        TextOf(entry, "file", $"{place}.file"),
        NumberOf(entry, "offset", place, long.MaxValue));

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
        catch (Exception failure) when (failure is IOException or InvalidOperationException)
        {
            throw Wrong(name, failure.Message);
        }
    }

    private ulong NumberOf(JsonElement entry, string name, string place, ulong maximum = ulong.MaxValue)
    {
        var text = entry.TryGetProperty(name, out var value) ? value.ValueKind switch
        {
            JsonValueKind.String => TextOf(value, $"{place}.{name}"),
            JsonValueKind.Number => value.GetRawText(),
            _ => "",
        } : "";
        return Number.TryParse(text, out var number) && number <= maximum
            ? number
            : throw Wrong(
                $"{place}.{name}", $"'{ShownText.Of(text)}' is no number up to 0x{maximum:x}: write \"0x11\" or 17");
    }

    private string TextOf(JsonElement entry, string name, string place) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? TextOf(value, place)
            : throw Wrong(place, "it is missing, or no text");

    private string TextOf(JsonElement text, string place)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Wrong(place, $"it {NoText}");
        }
    }

    private InputException Wrong(string place, string message) =>
        new(place.Length == 0 ? $"{_path}: {message}" : $"{_path}: {place}: {message}");
}
