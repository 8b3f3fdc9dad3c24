using System.Text;
using ItsService.Server.Msis.Injection;

namespace ItsService.Server.Hosting;

/// <summary>Every check of a setting, at start-up. All problems are told at once.</summary>
internal static class SettingsValidation
{
    private const long KiB = 1L << 10;
    private const long GiB = 1L << 30;

    // What a message holds besides the bytes of one memory access, or of a batch of records.
    private const int MessageOverheadBytes = 4096;

    /// <summary>Throws when a setting is wrong.</summary>
    public static void Check(ItsServerOptions options)
    {
        var problems = new List<string>();
        CheckAddresses(options, problems);
        CheckDirectory(problems, nameof(options.StateDirectory), options.StateDirectory);
        CheckDirectory(problems, nameof(options.SharedMemoryDirectory), options.SharedMemoryDirectory);
        CheckRange(problems, nameof(options.DrainSeconds), options.DrainSeconds, 1, 3600);
        CheckLimits(options.Limits, problems);
        if (problems.Count > 0)
        {
            throw new InvalidSettingsException(string.Join("; ", problems));
        }
    }

    private static void CheckAddresses(ItsServerOptions options, List<string> problems)
    {
        if (!ListenAddress.TryParse(options.Listen, out _))
        {
            problems.Add(Wrong(nameof(options.Listen), options.Listen, ListenAddress.Accepted));
        }

        if (!ListenAddress.TryParse(options.ConsoleListen, out _))
        {
            problems.Add(Wrong(nameof(options.ConsoleListen), options.ConsoleListen, ListenAddress.Accepted));
        }

        var path = options.UnixSocketPath;
        if (path.Length == 0 || Encoding.UTF8.GetByteCount(Path.GetFullPath(path)) > SocketPaths.LengthMax)
        {
            var accepted = $"a path of at most {SocketPaths.LengthMax} bytes, or \"{ItsServerOptions.Off}\"";
            problems.Add(Wrong(nameof(options.UnixSocketPath), path, accepted));
        }

        if (options.Listen == ItsServerOptions.Off && path == ItsServerOptions.Off)
        {
            problems.Add(
                $"{Name(nameof(options.Listen))} and {Name(nameof(options.UnixSocketPath))} are both "
                + $"\"{ItsServerOptions.Off}\": nothing would be served");
        }
    }

    private static void CheckDirectory(List<string> problems, string setting, string path)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0'))
        {
            problems.Add(Wrong(setting, path, $"a path, or \"{ItsServerOptions.Off}\""));
        }
    }

    private static void CheckLimits(ItsServerLimits limits, List<string> problems)
    {
        CheckLimit(problems, nameof(limits.VmsMax), limits.VmsMax, 1, 100_000);
        CheckLimit(problems, nameof(limits.VcpusPerVmMax), limits.VcpusPerVmMax, 1, 512);
        CheckLimit(problems, nameof(limits.ItsPerVmMax), limits.ItsPerVmMax, 1, 8);
        CheckLimit(problems, nameof(limits.MemoryRegionsPerVmMax), limits.MemoryRegionsPerVmMax, 1, 4096);
        CheckLimit(problems, nameof(limits.SharedRegionsMax), limits.SharedRegionsMax, 0, 1_000_000);
        CheckLimit(
            problems, nameof(limits.HostedMemoryBytesPerVmMax), limits.HostedMemoryBytesPerVmMax, 4 * KiB, 1024 * GiB);
        CheckLimit(problems, nameof(limits.HostedMemoryBytesMax), limits.HostedMemoryBytesMax, 4 * KiB, 65_536 * GiB);
        CheckLimit(problems, nameof(limits.MessageBytesMax), limits.MessageBytesMax, 64 * KiB, GiB);
        CheckLimit(problems, nameof(limits.MemoryAccessBytesMax), limits.MemoryAccessBytesMax, 4 * KiB,
            RoomInMessage(limits));
        CheckLimit(problems, nameof(limits.BatchAccessesMax), limits.BatchAccessesMax, 1, 1_000_000);
        CheckLimit(problems, nameof(limits.InlineCommandsMax), limits.InlineCommandsMax, 1, 32_767);
        CheckLimit(problems, nameof(limits.BatchCommandsMax), limits.BatchCommandsMax, 1, 1_000_000);
        CheckLimit(problems, nameof(limits.WaitingCallsPerVmMax), limits.WaitingCallsPerVmMax, 1, 1_000_000);
        CheckLimit(problems, nameof(limits.DumpsMax), limits.DumpsMax, 1, 10_000);
        CheckLimit(problems, nameof(limits.ActivityWatchesMax), limits.ActivityWatchesMax, 1, 10_000);
        CheckLimit(problems, nameof(limits.StateTransfersMax), limits.StateTransfersMax, 1, 10_000);
        CheckLimit(problems, nameof(limits.SavedStateBytesMax), limits.SavedStateBytesMax, 64 * KiB, GiB);
        CheckLimit(problems, nameof(limits.CheckpointsPerVmMax), limits.CheckpointsPerVmMax, 2, 1000);
        CheckLimit(
            problems, nameof(limits.CheckpointBytesMax), limits.CheckpointBytesMax, 64 * KiB, 65_536 * GiB);
        CheckLimit(
            problems, nameof(limits.MsiBatchRecordsMax), limits.MsiBatchRecordsMax, 1,
            Math.Min(1_000_000, RoomInMessage(limits) / MsiRecords.SizeBytes));
        CheckLimit(problems, nameof(limits.MsiSendersMax), limits.MsiSendersMax, 1, 4096);
        CheckLimit(problems, nameof(limits.VcpuWatchesPerVmMax), limits.VcpuWatchesPerVmMax, 1, 4096);
        CheckLimit(problems, nameof(limits.TracersPerVmMax), limits.TracersPerVmMax, 1, 64);
        CheckLimit(problems, nameof(limits.TraceEventsMax), limits.TraceEventsMax, 1, 1_000_000);
        CheckLimit(problems, nameof(limits.UnreceivedAnswersMax), limits.UnreceivedAnswersMax, 1, 4096);
        CheckLimit(
            problems, nameof(limits.UnreceivedAnswerBytesMax), limits.UnreceivedAnswerBytesMax, 64 * KiB, GiB);
        CheckLimit(
            problems, nameof(limits.MemoryAnswerMillisecondsMax), limits.MemoryAnswerMillisecondsMax, 10, 600_000);
        CheckLimit(problems, nameof(limits.ConnectionsMax), limits.ConnectionsMax, 1, 1_000_000);
        CheckLimit(problems, nameof(limits.GuestMistakesKeptMax), limits.GuestMistakesKeptMax, 1, 16_384);
    }

    private static long RoomInMessage(ItsServerLimits limits) =>
        Math.Max(64 * KiB, limits.MessageBytesMax) - MessageOverheadBytes;

    private static void CheckLimit(List<string> problems, string setting, long value, long min, long max) =>
        CheckRange(problems, $"{nameof(ItsServerOptions.Limits)}:{setting}", value, min, max);

    private static void CheckRange(List<string> problems, string setting, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            problems.Add(Wrong(setting, value.ToString(provider: null), $"{min}..{max}"));
        }
    }

    private static string Wrong(string setting, string value, string accepted) =>
        $"{Name(setting)} is '{value}'; it accepts {accepted}";

    private static string Name(string setting) => $"{ItsServerOptions.SectionName}:{setting}";
}
