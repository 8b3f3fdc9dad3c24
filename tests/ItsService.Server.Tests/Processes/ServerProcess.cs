using System.Diagnostics;

namespace ItsService.Server.Tests.Processes;

/// <summary>The built server as a user starts it: a process of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int SigInt = 2;

    private static readonly string Program = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private readonly Process _process;
    private readonly Task<string> _standardError;

    private ServerProcess(Process process)
    {
        _process = process;
        _standardError = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    public static ServerProcess Start(params string[] arguments) => Start(arguments, new Dictionary<string, string>());

    public static ServerProcess Start(
        IReadOnlyCollection<string> arguments, IReadOnlyDictionary<string, string> environment) =>
        Start(Program, [typeof(ItsServerApplication).Assembly.Location, .. arguments], environment);

    /// <summary>A server to which the system refuses files of more than so many KiB.</summary>
    public static ServerProcess StartWithFileLimit(int kibibytes, params string[] arguments) => Start(
        "bash",
        [
            "-c", $"ulimit -f {kibibytes}; trap '' XFSZ; exec \"$@\"", "bash", Program,
            typeof(ItsServerApplication).Assembly.Location, .. arguments,
        ],
        // The runtime's memory for code is a file as well, and a large one, unless it is written where it is run.
        new Dictionary<string, string> { ["DOTNET_EnableWriteXorExecute"] = "0" });

    /// <summary>Reads the line that names the console's address, which comes behind the served ones.</summary>
    public async Task<Uri> ReadConsoleAsync()
    {
        const string Announcement = "console ";
        var line = await ReadLineAsync() ?? "";
        var start = line.IndexOf(Announcement, StringComparison.Ordinal);
        Assert.True(start >= 0, $"not the console: {line}");
        return new Uri(line[(start + Announcement.Length)..]);
    }

    /// <summary>Reads the lines that name the served addresses: as many as asked for.</summary>
    public async Task<IReadOnlyList<string>> ReadAddressesAsync(int count)
    {
        const string Announcement = "serving ";
        var addresses = new List<string>();
        while (addresses.Count < count)
        {
            var line = await ReadLineAsync();
            if (line is null)
            {
                Assert.Fail($"the server ended: {await _standardError.WithinLimit()}");
            }

            var start = line.IndexOf(Announcement, StringComparison.Ordinal);
            Assert.True(start >= 0, $"not an address: {line}");
            addresses.Add(line[(start + Announcement.Length)..]);
        }

        return addresses;
    }

    /// <summary>Starts on a free port and waits until it is served.</summary>
    public static async Task<(ServerProcess Process, Uri Address)> ServeTcpAsync()
    {
        var process = Start("--listen", "127.0.0.1:0", "--unix-socket", "none");
        return (process, new Uri((await process.ReadAddressesAsync(1))[0]));
    }

    /// <summary>Starts on a Unix socket alone and waits until it is served.</summary>
    public static async Task<ServerProcess> ServeUnixSocketAsync(string path)
    {
        var process = Start("--listen", "none", "--unix-socket", path);
        Assert.Equal($"unix:{path}", Assert.Single(await process.ReadAddressesAsync(1)));
        return process;
    }

    public void Terminate() => Signal(SigTerm);

    public void Interrupt() => Signal(SigInt);

    /// <summary>As an out-of-memory killer does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WithinLimit();
    }

    /// <summary>Waits for the end.</summary>
    public async Task<(int ExitCode, string StandardOutput, string StandardError)> WaitForExitAsync()
    {
        var output = await _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WithinLimit();
        var error = await _standardError.WithinLimit();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WithinLimit();
        return (_process.ExitCode, output, error);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None).WithinLimit();
        }

        _process.Dispose();
    }

    private static ServerProcess Start(
        string program, IReadOnlyCollection<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ITS__", StringComparison.Ordinal)))
        {
            start.Environment.Remove(name);
        }

        // Longer than a test waits: a call that does not end by itself at a stop fails its test.
        start.Environment["ITS__DRAINSECONDS"] = "600";
        start.Environment["ITS__STATEDIRECTORY"] = ItsServerOptions.Off;
        start.Environment["ITS__CONSOLELISTEN"] = ItsServerOptions.Off;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ServerProcess(Process.Start(start)!);
    }

    private Task<string?> ReadLineAsync() =>
        _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WithinLimit();

    private void Signal(int signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        kill.WaitForExit(TestTimeout.Limit);
    }
}
