using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;

namespace ItsService.Cli.Exchange;

/// <summary>
/// An export as JSON, for people and programs: numbers in hex, attributes with their names, one to a line.
/// </summary>
internal static class ExportWriter
{
    /// <summary>What the file says it is.</summary>
    public const string Format = "its-service export 1";

    private static readonly JsonFormatter MessageFormatter = new(
        JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>The file's bytes.</summary>
    public static byte[] Write(ExportDocument document, AttributeLabels labels)
    {
        using var bytes = new MemoryStream();
        using (var text = new StreamWriter(bytes, leaveOpen: true))
        {
            text.NewLine = "\n";
            text.WriteLine("{");
            text.WriteLine($"  \"format\": {Quoted(Format)},");
            text.WriteLine($"  \"exported_by\": {Quoted(document.State.ExportedBy)},");
            if (document.Spec is { } spec)
            {
                text.WriteLine($"  \"vm\": {MessageFormatter.Format(spec)},");
            }

            if (document.State.Shape is { } shape)
            {
                text.WriteLine($"  \"shape\": {MessageFormatter.Format(shape)},");
            }

            WriteList(text, "memory", document.Memory.Select(Line));
            text.WriteLine(",");
            WriteList(text, "attributes", document.State.Attributes.Select(value => new JsonObject
            {
                ["device"] = labels.DeviceOf(value.Attribute),
                ["name"] = labels.NameOf(value.Attribute),
                ["group"] = value.Attribute.Group,
                ["attr"] = Hex(value.Attribute.Attr),
                ["value"] = Hex(value.Value),
            }));
            text.WriteLine();
            text.WriteLine("}");
        }

        return bytes.ToArray();
    }

    private static void WriteList(TextWriter text, string name, IEnumerable<JsonObject> entries)
    {
        text.Write($"  \"{name}\": [");
        var isFirst = true;
        foreach (var entry in entries)
        {
            text.WriteLine(isFirst ? "" : ",");
            text.Write($"    {entry.ToJsonString()}");
            isFirst = false;
        }

        text.Write(isFirst ? "]" : "\n  ]");
    }

    private static JsonObject Line(RamImagePart part) => new()
    {
        ["address"] = Hex(part.Address),
        ["size_bytes"] = Hex(part.SizeBytes ?? 0),
        ["file"] = part.File,
        ["offset"] = Hex(part.Offset),
    };

    private static string Quoted(string text) => JsonSerializer.Serialize(text);

    private static string Hex(ulong value) => $"0x{value:x}";
}
