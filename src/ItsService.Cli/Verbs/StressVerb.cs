using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Cli.Stress;

namespace ItsService.Cli.Verbs;

/// <summary>`stress`: many messages, every interrupt taken, and the account of them.</summary>
internal sealed class StressVerb : Verb
{
    private readonly Option<int?> _vcpus = Count("--vcpus", "-v", "vCPUs, each with a collection", 512, 1);
    private readonly Option<int?> _devices = Count(
        "--devices", "-d", "Devices, each a sender", StressShape.NumbersMax, 1);

    private readonly Option<int?> _events = Count(
        "--events", "-e", "Events of each device", StressShape.NumbersMax, 16);

    private readonly Option<int?> _iterations = Count(
        "--iterations", "-i", "How often each event is sent", int.MaxValue, 1000);

    private readonly Option<string> _path = new("--path")
    {
        Description = "By a call for each message, by streams of batches, or in the model itself, without a service",
        HelpName = "unary|stream|core",
        DefaultValueFactory = _ => "unary",
    };

    private readonly Option<bool> _noCoalesce = new("--no-coalesce")
    {
        Description = "Send an event again only when it was acknowledged",
    };

    public StressVerb()
        : base("stress", "Send many messages, take every interrupt, and close the account")
    {
        _path.AcceptOnlyFromAmong("unary", "stream", "core");
        Options.Add(_vcpus);
        Options.Add(_devices);
        Options.Add(_events);
        Options.Add(_iterations);
        Options.Add(_path);
        Options.Add(_noCoalesce);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl stress -v 16 -d 16 -e 16 -i 10000 --path stream",
        "itsctl stress -v 1 -d 1 -e 1 -i 1000000 --path core",
        "itsctl stress -v 4 -d 4 -e 4 --no-coalesce --embedded --json",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var arguments = session.Arguments;
        var shape = new StressShape(
            arguments.GetValue(_vcpus) ?? 1,
            arguments.GetValue(_devices) ?? 1,
            arguments.GetValue(_events) ?? 16,
            arguments.GetValue(_iterations) ?? 1000,
            !arguments.GetValue(_noCoalesce)).Checked();
        var path = arguments.GetRequiredValue(_path);
        var ledger = new StressLedger(shape);
        var (sending, all) = (TimeSpan.Zero, TimeSpan.Zero);
        await WorkProgress.ShowAsync(
            session.Error,
            path,
            (int)Math.Min(int.MaxValue, (shape.MessageCount / 1000) + 1),
            async progress => (sending, all) = path == "core"
                ? await Task.Run(() => new CoreRun(shape, ledger).Run(progress, cancellationToken), cancellationToken)
                : await new ServiceRun(session.Client, shape, ledger).RunAsync(
                    path == "stream", progress, cancellationToken));

        return new StressReport(path, shape, ledger, sending, all).Tell(session.Output, session.PrintsJson);
    }

    private static Option<int?> Count(string name, string alias, string description, int maximum, int usual) =>
        new(name, alias)
        {
            Description = $"{description}, 1..{maximum} [default: {usual}]",
            HelpName = "N",
            CustomParser = result => Values.ParseCount(result, maximum),
        };
}
