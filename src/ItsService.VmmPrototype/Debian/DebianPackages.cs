using System.Diagnostics;
using ItsService.VmmPrototype.Boot;

namespace ItsService.VmmPrototype.Debian;

/// <summary>
/// Fetches the guest's packages by name into a cache of the user's. apt verifies them by the machine's own sources
/// and keys; its state is a private one, so that the machine's package lists are left alone and nothing is installed.
/// </summary>
internal static class DebianPackages
{
    private const string KernelPackage = "linux-image-cloud-arm64";
    private const string BusyboxPackage = "busybox-static";

    private static string Folder => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "its-service",
        "debian-arm64");

    public static async Task<(string Kernel, string Busybox)> GetAsync(
        Action<string> say, CancellationToken cancellationToken)
    {
        var kernel = Path.Combine(Folder, "vmlinuz");
        var busybox = Path.Combine(Folder, "busybox");
        try
        {
            Directory.CreateDirectory(Folder);
            // Another process may be fetching them now.
            await using var turn = await TakeTurnAsync(cancellationToken);
            if (!File.Exists(kernel) || !File.Exists(busybox))
            {
                say("fetching Debian's kernel and busybox for arm64");
                await FetchAsync(kernel, busybox, cancellationToken);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new GuestImageException($"the cache of guests cannot be used: {problem.Message}");
        }

        return (kernel, busybox);
    }

    private static async Task<FileStream> TakeTurnAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(Folder, "lock");
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(TimeSpan.FromSeconds(0.2), cancellationToken);
            }
        }
    }

    private static async Task FetchAsync(string kernel, string busybox, CancellationToken cancellationToken)
    {
        var work = Directory.CreateTempSubdirectory("its-service-apt-").FullName;
        try
        {
            foreach (var folder in new[] { "lists/partial", "cache/archives/partial", "state", "debs", "files" })
            {
                Directory.CreateDirectory(Path.Combine(work, folder));
            }

            await File.WriteAllTextAsync(Path.Combine(work, "state", "status"), "", cancellationToken);
            await RunAsync(work, "apt-get", [.. AptOptions(work), "-qq", "update"], cancellationToken);
            // The package of that name is empty, and depends on that of the newest version.
            var depends = await RunAsync(
                work, "apt-cache", [.. AptOptions(work), "depends", KernelPackage], cancellationToken);
            var version = depends.Split('\n').Select(line => line.Trim())
                .FirstOrDefault(line => line.StartsWith("Depends: linux-image-", StringComparison.Ordinal))
                ?? throw new GuestImageException($"apt knows no package that {KernelPackage} stands for");
            string[] download = [.. AptOptions(work), "-qq", "download", version["Depends: ".Length..], BusyboxPackage];
            await RunAsync(Path.Combine(work, "debs"), "apt-get", download, cancellationToken);
            foreach (var package in Directory.GetFiles(Path.Combine(work, "debs"), "*.deb"))
            {
                await RunAsync(work, "dpkg-deb", ["-x", package, Path.Combine(work, "files")], cancellationToken);
            }

            var image = Directory.GetFiles(Path.Combine(work, "files", "boot"), "vmlinuz-*").Single();
            Replace(image, kernel);
            Replace(Path.Combine(work, "files", "bin", "busybox"), busybox);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static IEnumerable<string> AptOptions(string work) =>
    [
        "-oAPT::Architecture=arm64", "-oAPT::Architectures=arm64", "-oAPT::Sandbox::User=root",
        "-oAcquire::Languages=none", $"-oDir::State={work}/state", $"-oDir::State::Lists={work}/lists",
        $"-oDir::State::status={work}/state/status", $"-oDir::Cache={work}/cache",
    ];

    // A file in the cache is a whole one.
    private static void Replace(string from, string to)
    {
        File.Copy(from, to + ".new", overwrite: true);
        File.Move(to + ".new", to, overwrite: true);
    }

    private static async Task<string> RunAsync(
        string folder, string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Start(start);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = await process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? await output
                : throw new GuestImageException($"{program} has failed: {LastLine(error)}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new GuestImageException(
                $"{start.FileName} is not here: the guest's packages can only be fetched on a Debian machine");
        }
    }

    private static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "it says nothing";
}
