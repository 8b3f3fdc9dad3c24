using System.Reflection;

namespace ItsService.Server.Hosting;

/// <summary>The version of this build.</summary>
internal static class ServiceVersion
{
    /// <summary>As in "0.1.0"; without the commit that the build may append.</summary>
    public static string Text { get; } =
        typeof(ServiceVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];
}
