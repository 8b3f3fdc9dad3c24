using System.Text.Json;
using Google.Protobuf;

namespace ItsService.Cli.Output;

/// <summary>JSON on standard output.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    private static readonly JsonFormatter MessageFormatter = new(
        JsonFormatter.Settings.Default
            .WithFormatDefaultValues(true).WithPreserveProtoFieldNames(true).WithIndentation());

    private static readonly JsonFormatter LineFormatter = new(
        JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    /// <summary>Property names become snake_case.</summary>
    public static string From<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>A message of the API, as protobuf's JSON mapping has it: 64-bit numbers are strings there.</summary>
    public static string FromMessage(IMessage message) => MessageFormatter.Format(message);

    /// <summary>
    /// The same as one line of many: what is false, 0 or empty is left out, as protobuf's JSON mapping has it.
    /// </summary>
    public static string OneLine(IMessage message) => LineFormatter.Format(message);
}
