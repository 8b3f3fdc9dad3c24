namespace ItsService.Core.Tests.Allocations;

/// <summary>The file of budgets.</summary>
internal static class Budgets
{
    public static IReadOnlyDictionary<string, long> All { get; } = Read();

    public static IEnumerable<string> Names(string prefix) =>
        All.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal));

    private static Dictionary<string, long> Read() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Allocations", "budgets.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(fields => fields[0], fields => long.Parse(fields[1]));
}
