using System.Diagnostics;
using System.Globalization;
using ItsService.Client;
using ItsService.Server;

namespace ItsService.SaveLoad.Serving;

/// <summary>
/// The service as a process of its own, on a free TCP port and a Unix socket, with a client on each. Few commands run
/// inside a register write, so that queues are in flight at most moments.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private const int InlineCommandsMax = 4;
    private const string Announcement = "serving ";
    private static readonly TimeSpan StartTimeMax = TimeSpan.FromMinutes(1);

    private readonly Process _process;

    private ServerProcess(Process process, IReadOnlyList<string> addresses)
    {
        _process = process;
        Tcp = ItsClient.Connect(addresses.Single(address => !address.StartsWith("unix:", StringComparison.Ordinal)));
        UnixSocket = ItsClient.Connect(
            addresses.Single(address => address.StartsWith("unix:", StringComparison.Ordinal)));
    }

    public ItsClient Tcp { get; }

    public ItsClient UnixSocket { get; }

    /// <summary>Starts it and waits until both addresses are served.</summary>
    public static async Task<ServerProcess> StartAsync(string socketPath)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [
                typeof(ItsServerApplication).Assembly.Location, "--listen", "127.0.0.1:0",
                "--unix-socket", socketPath, "--console", "none",
            ])
        {
            RedirectStandardOutput = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ITS__", StringComparison.Ordinal)))
        {
            start.Environment.Remove(name);
        }

        start.Environment["ITS__LIMITS__INLINECOMMANDSMAX"] = InlineCommandsMax.ToString(CultureInfo.InvariantCulture);
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        var process = Process.Start(start)!;
        try
        {
            return new ServerProcess(process, await ReadAddressesAsync(process).WaitAsync(StartTimeMax));
        }
        catch
        {
            End(process);
            throw;
        }
    }

    /// <summary>Ends it at once, as an out-of-memory killer does. The clients stay: calls may wait on them.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Tcp.Dispose();
        UnixSocket.Dispose();
        End(_process);
    }

    private static async Task<IReadOnlyList<string>> ReadAddressesAsync(Process process)
    {
        List<string> addresses = [];
        while (addresses.Count < 2)
        {
            var line = await process.StandardOutput.ReadLineAsync()
                ?? throw new IOException("the service ended before it served");
            var start = line.IndexOf(Announcement, StringComparison.Ordinal);
            if (start >= 0)
            {
                addresses.Add(line[(start + Announcement.Length)..]);
            }
        }

        // What it logs from here on is read and dropped: a pipe that is full would hold it up.
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        return addresses;
    }

    private static void End(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
    }
}
