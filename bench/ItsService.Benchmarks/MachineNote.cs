using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ItsService.Benchmarks;

/// <summary>What a figure is worth nothing without.</summary>
internal static class MachineNote
{
    /// <summary>Processor, cores, system and runtime, and how busy the machine was when this run began.</summary>
    public static string Text { get; } =
        $"{Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, "
        + $"{RuntimeInformation.FrameworkDescription}, load {Load()}";

    /// <summary>The commit that was built, with "+" when files differ from it.</summary>
    public static string Commit { get; } = Git("describe --always --dirty=+ --abbrev=10 --exclude=*");

    private static string Processor()
    {
        const string field = "model name";
        const string file = "/proc/cpuinfo";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(field)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            ?? $"{RuntimeInformation.OSArchitecture}";
    }

    private static string Load()
    {
        const string file = "/proc/loadavg";
        return File.Exists(file) ? File.ReadAllText(file).Split(' ')[0] : "unknown";
    }

    private static string Git(string arguments)
    {
        try
        {
            var start = new ProcessStartInfo("git", arguments)
            {
                WorkingDirectory = AppContext.BaseDirectory,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var git = Process.Start(start)!;
            var output = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? output : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }
}
