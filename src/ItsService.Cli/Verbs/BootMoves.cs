using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ItsService.Client;
using ItsService.VmmPrototype.Running;

namespace ItsService.Cli.Verbs;

/// <summary>The options of `boot` by which the guest's interrupt controller moves while the guest runs.</summary>
internal sealed class BootMoves
{
    private static readonly TimeSpan ServicePatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly Option<string[]> _at = new("--checkpoint-at")
    {
        Description = "Repeatable: when the guest prints a line with this text, its interrupt controller is saved, "
            + "deleted, and restored while the guest runs; Ctrl-A s does so at any time",
        HelpName = "TEXT",
    };

    private readonly Option<ServerAddress[]> _to = new("--move-to")
    {
        Description = "Repeatable, with --checkpoint-at: the services to restore into, in turn [default: the same]",
        HelpName = "URL",
        CustomParser = result => [.. result.Tokens.Select(token => Parse(token.Value, result))],
    };

    private readonly Option<string> _by = new("--move-by")
    {
        Description = "With --checkpoint-at: by a checkpoint in the state directory, which the services have one after "
            + "another, or by the state that this VMM brings from one to the other",
        HelpName = "checkpoint|state",
        DefaultValueFactory = _ => "checkpoint",
    };

    private readonly Option<string?> _command = new("--move-command")
    {
        Description = "With --checkpoint-at: a shell command to run in between, which may kill the one service and "
            + "start the other; it has ITS_MOVE, the number of the move from 1 on",
        HelpName = "COMMAND",
    };

    private readonly List<ItsClient> _clients = [];

    public BootMoves()
    {
        _by.AcceptOnlyFromAmong("checkpoint", "state");
    }

    /// <summary>For the command line.</summary>
    public IEnumerable<Option> Options => [_at, _by, _to, _command];

    /// <summary>What was chosen; null for no moves.</summary>
    public GuestMoves? Of(Session session)
    {
        var arguments = session.Arguments;
        var at = arguments.GetValue(_at) ?? [];
        var targets = arguments.GetValue(_to) is { Length: > 0 } given
            ? given
            : [arguments.GetRequiredValue(GlobalOptions.Server)];
        var command = arguments.GetValue(_command);
        if (at.Length == 0)
        {
            return arguments.GetValue(_to) is { Length: > 0 } || command is not null
                ? throw new UsageException("--move-to and --move-command are for --checkpoint-at")
                : null;
        }

        if (arguments.GetValue(GlobalOptions.Embedded))
        {
            throw new UsageException(
                "--checkpoint-at and --embedded exclude one another: a checkpoint lies with a service that is there");
        }

        var move = 0;
        return new GuestMoves
        {
            At = at,
            ByCheckpoint = arguments.GetRequiredValue(_by) == "checkpoint",
            Next = async cancellationToken =>
            {
                var target = targets[move++ % targets.Length];
                session.Error.WriteLine($"itsctl: move {move}: saved and deleted; restoring at {target}");
                await RunAsync(command, move, cancellationToken);
                return await ConnectAsync(target, cancellationToken);
            },
        };
    }

    /// <summary>Closes what was opened for the moves.</summary>
    public async Task CloseAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        _clients.Clear();
    }

    private async Task<ItsClient> ConnectAsync(ServerAddress target, CancellationToken cancellationToken)
    {
        var client = ItsClient.Connect(target, new ItsClientOptions { CallTimeout = CallTimeout });
        _clients.Add(client);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await client.GetServerInfoAsync(cancellationToken);
                return client;
            }
            catch (ItsServiceException absent) when (
                absent.IsUnreachable && Stopwatch.GetElapsedTime(started) < ServicePatience)
            {
                await Task.Delay(LookAgain, cancellationToken);
            }
        }
    }

    private static async Task RunAsync(string? command, int move, CancellationToken cancellationToken)
    {
        if (command is null)
        {
            return;
        }

        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", command } };
        start.Environment["ITS_MOVE"] = move.ToString(CultureInfo.InvariantCulture);
        using var process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
        {
            throw new InputException($"the command of move {move} ended with {process.ExitCode}: {command}");
        }
    }

    private static ServerAddress Parse(string text, System.CommandLine.Parsing.ArgumentResult result)
    {
        try
        {
            return ServerAddress.Parse(text);
        }
        catch (FormatException problem)
        {
            result.AddError(problem.Message);
            return null!;
        }
    }
}
