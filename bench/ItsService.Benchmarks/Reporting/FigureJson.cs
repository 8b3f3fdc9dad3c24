using System.Text.Json;
using System.Text.Json.Nodes;

namespace ItsService.Benchmarks.Reporting;

/// <summary>Figures as a file that programs read.</summary>
internal static class FigureJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Write(string path, string machine, string commit, IEnumerable<Figure> figures)
    {
        var results = new JsonArray();
        foreach (var figure in figures)
        {
            var result = new JsonObject
            {
                ["key"] = figure.Key,
                ["value"] = figure.Value,
                ["unit"] = figure.Unit,
                ["target"] = Targets.Of(figure.Key)?.Bound,
                ["samples"] = figure.Samples,
            };
            if (figure.AllocatedBytes is { } bytes)
            {
                result["allocated_bytes"] = bytes;
            }

            if (figure.Reason is { } reason)
            {
                result["reason"] = reason;
            }

            results.Add(result);
        }

        var document = new JsonObject { ["machine"] = machine, ["commit"] = commit, ["results"] = results };
        File.WriteAllText(path, document.ToJsonString(Indented) + "\n");
    }

    public static IReadOnlyList<Figure> Read(string path) =>
    [
        .. JsonNode.Parse(File.ReadAllText(path))!["results"]!.AsArray().Select(result =>
            new Figure(
                (string)result!["key"]!,
                (double?)result["value"],
                (string)result["unit"]!,
                (int)result["samples"]!)
            {
                AllocatedBytes = (long?)result["allocated_bytes"],
                Reason = (string?)result["reason"],
            }),
    ];
}
