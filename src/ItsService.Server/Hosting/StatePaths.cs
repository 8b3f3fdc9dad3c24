namespace ItsService.Server.Hosting;

/// <summary>Where checkpoints lie when nobody says so.</summary>
internal static class StatePaths
{
    private const string Folder = "its-service";

    /// <summary>
    /// In the user's directory for state; "none" for a user who has no home.
    /// </summary>
    public static string Default() =>
        FromEnvironment("XDG_STATE_HOME") is { } state ? Path.Combine(state, Folder)
        : FromEnvironment("HOME") is { } home ? Path.Combine(home, ".local", "state", Folder)
        : ItsServerOptions.Off;

    // A path that is not absolute is to be ignored, as the specification of these variables says.
    private static string? FromEnvironment(string name) =>
        Environment.GetEnvironmentVariable(name) is { } path && Path.IsPathFullyQualified(path) ? path : null;
}
