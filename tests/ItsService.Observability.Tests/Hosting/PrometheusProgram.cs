namespace ItsService.Observability.Tests.Hosting;

/// <summary>
/// Prometheus and promtool, of Debian's package. Without them a test cannot tell anything: it is skipped, but fails
/// where CI=true.
/// </summary>
internal static class PrometheusProgram
{
    private const string HowToInstall =
        "prometheus and promtool are not on PATH; on Debian: apt-get install prometheus";

    public static string? Server { get; } = Find("prometheus");

    public static string? Promtool { get; } = Find("promtool");

    public static void Need()
    {
        if (Server is not null && Promtool is not null)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(HowToInstall);
        }

        Assert.Skip(HowToInstall);
    }

    private static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);
}
