using System.CommandLine;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Input;

/// <summary>The kinds of traced events as they are written on the command line: "msi,command".</summary>
internal static class TraceKinds
{
    private static readonly Dictionary<string, TraceEventKind> ByName = Enum.GetValues<TraceEventKind>()
        .Where(kind => kind != TraceEventKind.Unspecified)
        .ToDictionary(NameOf, StringComparer.OrdinalIgnoreCase);

    /// <summary>All of them, for a person.</summary>
    public static string Names { get; } = string.Join(", ", ByName.Keys);

    /// <summary>"msi".</summary>
    public static string NameOf(TraceEventKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>An option that takes some, with commas or again and again.</summary>
    public static Option<TraceEventKind[]> Option() => Lists.Option<TraceEventKind>(
        "--kind",
        "KIND,...",
        $"Only these kinds of events: {Names}",
        ByName.TryGetValue,
        name => $"'{name}' is no kind of event: there are {Names}");
}
