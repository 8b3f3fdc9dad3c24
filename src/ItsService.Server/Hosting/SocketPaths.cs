using System.Runtime.InteropServices;

namespace ItsService.Server.Hosting;

/// <summary>Where the Unix socket lies when nobody says so.</summary>
internal static partial class SocketPaths
{
    /// <summary>What fits in sockaddr_un.sun_path with its terminator.</summary>
    public const int LengthMax = 107;

    /// <summary>
    /// In the user's runtime directory; where there is none, in /tmp under a name that no other user's service has.
    /// </summary>
    public static string Default() =>
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { } directory && Directory.Exists(directory)
            ? Path.Combine(directory, "its-service.sock")
            : $"/tmp/its-service-{EffectiveUserId()}.sock";

    /// <summary>The user as whom the service acts.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();
}
