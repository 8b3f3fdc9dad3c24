namespace ItsService.Server.Hosting;

/// <summary>The command line of the service.</summary>
/// <param name="Settings">Configuration keys and the values given for them.</param>
/// <param name="Answer">What to print instead of serving, for --help and --version.</param>
internal sealed record CommandLine(IReadOnlyDictionary<string, string?> Settings, string? Answer)
{
    private static readonly Dictionary<string, string> KeyOfOption = new(StringComparer.Ordinal)
    {
        ["--listen"] = $"{ItsServerOptions.SectionName}:{nameof(ItsServerOptions.Listen)}",
        ["--unix-socket"] = $"{ItsServerOptions.SectionName}:{nameof(ItsServerOptions.UnixSocketPath)}",
        ["--console"] = $"{ItsServerOptions.SectionName}:{nameof(ItsServerOptions.ConsoleListen)}",
        ["--shared-memory-directory"] =
            $"{ItsServerOptions.SectionName}:{nameof(ItsServerOptions.SharedMemoryDirectory)}",
        ["--state-directory"] = $"{ItsServerOptions.SectionName}:{nameof(ItsServerOptions.StateDirectory)}",
    };

    private static string Help =>
        $"""
        its-service {ServiceVersion.Text}: emulates GICv3 interrupt controllers with ITSs for virtual machine monitors.

        Usage: its-service [options]

          --listen ADDRESS:PORT   TCP address for gRPC over HTTP/2 without TLS (default 127.0.0.1:7400).
                                  Port 0 takes a free one; "none" serves no TCP.
          --unix-socket PATH      Unix socket, made with mode 0600 (default {SocketPaths.Default()});
                                  "none" serves none.
          --console ADDRESS:PORT  TCP address of the console, over HTTP/1.1: /metrics, /health/live and
                                  /health/ready (default 127.0.0.1:7401); "none" serves none.
          --state-directory PATH  Where checkpoints lie; made with mode 0700 when it is first used
                                  (default {StatePaths.Default()}); "none" keeps none.
          --shared-memory-directory PATH
                                  Where VMMs make files for guest RAM that they share with the service
                                  (default none).
          --version               Print the version.
          --help                  Print this.

        Metrics, traces and logs go out by OTLP where OTEL_EXPORTER_OTLP_ENDPOINT says so, and the other OTEL_*
        variables are heeded; ITS__METRICSPERVM=true gives each VM metrics of its own.

        Every other setting is an environment variable, such as ITS__DRAINSECONDS=10, ITS__LIMITS__VMSMAX=100 or
        Logging__LogLevel__Default=Debug; appsettings.json beside the program may hold them as well.

        Examples:
          its-service
          its-service --listen 127.0.0.1:0 --unix-socket none
          its-service --listen none --unix-socket /run/its/its-service.sock

        The service prints a line for each address it serves, and logs to standard error. It stops on SIGTERM or SIGINT.
        Exit codes: 0 stopped when asked to, 1 an address cannot be served, 2 a setting is wrong.
        """;

    /// <summary>Reads the arguments; what is not known is refused.</summary>
    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        var settings = new Dictionary<string, string?>();
        for (var index = 0; index < args.Count; index++)
        {
            var (option, value) = Split(args[index]);
            if (option is "--help" or "-h")
            {
                return new CommandLine(settings, Help);
            }

            if (option is "--version")
            {
                return new CommandLine(settings, $"its-service {ServiceVersion.Text}");
            }

            if (!KeyOfOption.TryGetValue(option, out var key))
            {
                throw new InvalidSettingsException($"'{args[index]}' is not an option; --help lists them");
            }

            value ??= ++index < args.Count
                ? args[index]
                : throw new InvalidSettingsException($"{option} needs a value; --help shows examples");
            settings[key] = value;
        }

        return new CommandLine(settings, Answer: null);
    }

    private static (string Option, string? Value) Split(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }
}
