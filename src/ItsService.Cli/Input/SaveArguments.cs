using System.CommandLine;
using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Input;

/// <summary>The options of a verb that saves a VM, to wherever.</summary>
internal sealed class SaveArguments
{
    private const uint DrainMsMax = 600_000;

    private readonly Option<string?> _inFlight = InFlightPolicies.Option();

    private readonly Option<uint?> _drainMs = Values.Count(
        "--drain-ms",
        $"With --in-flight drain: how long the queues may take, in milliseconds, 1..{DrainMsMax} [default: 5000]");

    private readonly Option<bool> _stayPaused = new("--stay-paused") { Description = "Leave the VM Paused" };

    private readonly Option<bool> _omitTables = new("--omit-tables")
    {
        Description = "Do not write the tables in guest memory",
    };

    /// <summary>Gives the verb these options.</summary>
    /// <param name="verb">The verb.</param>
    /// <param name="needsTables">Whether what it saves is nothing without the tables.</param>
    public void AddTo(Verb verb, bool needsTables = false)
    {
        verb.Options.Add(_inFlight);
        verb.Options.Add(_drainMs);
        verb.Options.Add(_stayPaused);
        if (!needsTables)
        {
            verb.Options.Add(_omitTables);
        }
    }

    /// <summary>What was asked for.</summary>
    /// <exception cref="UsageException">It makes no sense together.</exception>
    public SaveOptions Read(ParseResult arguments)
    {
        var inFlight = InFlightPolicies.Of(arguments.GetValue(_inFlight));
        var drainMs = arguments.GetValue(_drainMs);
        if (drainMs is not null && inFlight != InFlightPolicy.Drain)
        {
            throw new UsageException("--drain-ms is for --in-flight drain");
        }

        if (drainMs is 0 or > DrainMsMax)
        {
            throw new UsageException($"--drain-ms {drainMs} is out of range: it takes 1..{DrainMsMax}");
        }

        return new SaveOptions
        {
            InFlight = inFlight,
            DrainDeadline = drainMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
            StayPaused = arguments.GetValue(_stayPaused),
            OmitTables = arguments.GetValue(_omitTables),
        };
    }
}
