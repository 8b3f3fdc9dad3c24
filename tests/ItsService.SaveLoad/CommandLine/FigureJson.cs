using System.Text.Json;
using System.Text.Json.Nodes;
using ItsService.SaveLoad.Running;

namespace ItsService.SaveLoad.CommandLine;

/// <summary>The figures of several runs, for programs.</summary>
internal static class FigureJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Print(IReadOnlyList<RunFigures> runs) =>
        new JsonObject
        {
            ["processors"] = Environment.ProcessorCount,
            ["runs"] = new JsonArray([.. runs.Select(ToJson)]),
        }.ToJsonString(Indented);

    private static JsonNode ToJson(RunFigures run)
    {
        var node = new JsonObject
        {
            ["policy"] = run.Plan.Policy.ToString().ToLowerInvariant(),
            ["successor"] = run.Plan.Successor.ToString().ToLowerInvariant(),
            ["one_outstanding"] = run.Plan.IsOneOutstanding,
            ["senders"] = run.Plan.SenderCount,
            ["seed"] = run.Plan.Seed,
            ["mismatch"] = run.Mismatch,
        };
        foreach (var (key, _, value) in FigureTable.Rows)
        {
            node[key] = value(run);
        }

        return node;
    }
}
