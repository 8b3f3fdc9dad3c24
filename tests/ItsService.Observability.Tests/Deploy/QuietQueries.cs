namespace ItsService.Observability.Tests.Deploy;

/// <summary>What panels show 0 for on a good day, and may.</summary>
internal static class QuietQueries
{
    /// <summary>What is more than 0 only in trouble, and is asked for then.</summary>
    public static IReadOnlyList<Trouble> Troubles { get; } =
    [
        new("overview", "Alerts firing", "firing"),
        new("overview", "VMs faulted", "faults"),
        new("overview", "VMs by state", "faulted"),
        new("overview", "VMs by state", "paused"),
        new("overview", "Command queues", "commands waiting"),
        new("overview", "Command queues", "queues stalled"),
        new("overview", "Longest stall", "stalled"),
        new("overview", "LPIs lost", "lost"),
        new("overview", "Calls that wait", "waiting"),
        new("overview", "Calls that wait", "streams held up"),
        new("overview", "Sessions of VMMs", "attaches a minute"),
        new("overview", "Calls refused", "resource_exhausted"),
        new("vm", "Command queues", "commands waiting", "stalled"),
        new("vm", "Command queues", "queues stalled", "stalled"),
        new("vm", "Longest stall", "stalled", "stalled"),
        new("vm", "LPIs lost", "lost", "lost"),
        new("vm", "Calls that wait", "waiting", "forgotten"),
        new("vm", "Calls that wait", "streams held up", "unread"),
        new("vm", "Sessions of VMMs", "attaches a minute", "restless"),
        new("internals", "Sessions of VMMs", "attaches a minute"),
        new("internals", "Accesses to guest memory", "remote read not_answered"),
        new("internals", "Saves", "blob failed_precondition"),
        new("internals", "Restores", "blob invalid_argument"),
    ];

    /// <summary>What is 0 as long as a process has time, and why.</summary>
    private static readonly Dictionary<(string Panel, string Legend), string> Idle = new()
    {
        [("internals: Requests and connections now", "queued :{{server_port}}")] = "Kestrel takes each as it comes",
        [("internals: Thread pool", "{{instance}} waiting")] = "a thread is free, more often than not",
    };

    /// <summary>Those of a panel that may be 0 while there is load and no trouble.</summary>
    public static bool MayBeZero(DashboardPanel panel, PanelQuery query) =>
        Idle.ContainsKey(($"{panel}", query.Legend))
        || Troubles.Any(trouble => trouble.IsOf(panel) && trouble.Legend == query.Legend);

    /// <summary>Entries that name no query.</summary>
    public static IEnumerable<string> Strays(IReadOnlyList<DashboardPanel> panels) =>
        Idle.Keys
            .Where(one => !panels.Any(panel =>
                $"{panel}" == one.Panel && panel.Queries.Any(query => query.Legend == one.Legend)))
            .Select(one => $"{one.Panel}: {one.Legend}");
}

/// <summary>A series that shows trouble.</summary>
/// <param name="Dashboard">Where.</param>
/// <param name="Panel">The panel's title.</param>
/// <param name="Legend">What is drawn beside the series.</param>
/// <param name="Vm">Which of the VMs in trouble is chosen, on the dashboard of one VM.</param>
internal sealed record Trouble(string Dashboard, string Panel, string Legend, string Vm = "")
{
    public bool IsOf(DashboardPanel panel) => panel.Dashboard == Dashboard && panel.Title == Panel;

    public override string ToString() => $"{Dashboard}: {Panel}: {Legend}";
}
