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

    /// <summary>Property names become snake_case.</summary>
    public static string From<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>A message of the API, as protobuf's JSON mapping has it: 64-bit numbers are strings there.</summary>
    public static string FromMessage(IMessage message) => MessageFormatter.Format(message);
}
