using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using ItsService.Cli.Verbs;

namespace ItsService.Cli;

/// <summary>The command line: `Program` and tests call it.</summary>
internal static class Itsctl
{
    /// <summary>Runs a command line.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where problems go.</param>
    /// <param name="cancellationToken">Interrupts it, as the keyboard does.</param>
    public static async Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        var arguments = CreateRoot().Parse(args);
        if (arguments.Action is ParseErrorAction)
        {
            foreach (var problem in arguments.Errors)
            {
                error.WriteLine($"itsctl: {OptionOf(problem)}{OneLine(problem.Message)}");
            }

            error.WriteLine($"itsctl: `{FullName(arguments.CommandResult.Command)} --help` says more");
            return ExitCode.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            // What was begun on a service is undone before the process ends.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(10),
        };
        try
        {
            return await arguments.InvokeAsync(configuration, cancellationToken);
        }
        catch (Exception failure)
        {
            // The last resort: whoever runs a command gets a sentence. ITSCTL_DEBUG=1 is for whoever mends it.
            var showAll = Environment.GetEnvironmentVariable("ITSCTL_DEBUG") == "1";
            error.WriteLine($"itsctl: an error of itsctl itself: {(showAll ? failure : failure.Message)}");
            return ExitCode.Refused;
        }
    }

    private static ItsctlRoot CreateRoot()
    {
        var root = new ItsctlRoot
        {
            new VerbGroup(
                "vm",
                "Create, show and delete VMs",
                new VmCreate(),
                new VmList(),
                new VmShow(),
                new VmPause(),
                new VmResume(),
                new VmDelete()),
            new VerbGroup("reg", "Read and write registers", new RegRead(), new RegWrite()),
            new VerbGroup(
                "attr",
                "Read and write KVM's device attributes: the state from outside the guest",
                new AttrGet(),
                new AttrSet(),
                new AttrHas()),
            new VerbGroup("cmd", "Give commands to an ITS", new CmdSubmit()),
            new Level(),
            new ReplayVerb(),
            new StressVerb(),
            new Save(),
            new Restore(),
            new Export(),
            new Import(),
            new VerbGroup(
                "checkpoint",
                "Keep VMs in the service's state directory, from where they come back after a restart",
                new CheckpointCreate(),
                new CheckpointList(),
                new CheckpointRestore(),
                new CheckpointDelete()),
            new Boot(),
            new Dump(),
            new Diag(),
            new Explain(),
            new Top(),
            new TraceVerb(),
            GlobalOptions.Server,
            GlobalOptions.Embedded,
            GlobalOptions.Json,
        };
        var help = root.Options.OfType<HelpOption>().Single();
        var helpWithExamples = new ExamplesHelp((HelpAction)help.Action!);
        help.Action = helpWithExamples;
        root.SetAction(arguments => helpWithExamples.Invoke(arguments));
        return root;
    }

    private sealed class ItsctlRoot()
        : RootCommand("Works on an ItsService: emulated GICv3 interrupt controllers with their ITSs."), IHasExamples
    {
        public IReadOnlyList<string> Examples =>
        [
            "itsctl vm create guest-7 --vcpus 4",
            "itsctl reg read GITS_TYPER",
            "itsctl attr get its:0 GITS_CREADR",
            "itsctl cmd submit mapd device=0x10 itt=0x40080000 bits=8, sync rdbase=0",
            "itsctl save guest-7 guest-7.state",
            "itsctl export guest-7 guest-7.json --ram guest-7.ram",
            "itsctl checkpoint create guest-7",
            "itsctl dump --server unix:/run/its.sock",
            "itsctl diag guest-7",
            "itsctl explain --device 0x10 --event 3",
            "itsctl top",
            "itsctl trace --vm guest-7 --kind msi,acknowledge",
            "itsctl boot --debian --smp 4",
            "itsctl replay --embedded tests/recordings/linux61-boot-io-4cpu.trace.gz",
        ];
    }

    // A value's parser says what is wrong with the value; where several options take numbers, this says of which.
    private static string OptionOf(ParseError problem)
    {
        var option = problem.SymbolResult as OptionResult ?? problem.SymbolResult?.Parent as OptionResult;
        var name = option?.IdentifierToken?.Value ?? option?.Option.Name;
        return name is null || problem.Message.Contains(name, StringComparison.Ordinal) ? "" : $"{name}: ";
    }

    /// <summary>Lists of what is accepted come one to a line.</summary>
    private static string OneLine(string message) =>
        string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string FullName(Command command)
    {
        var names = new List<string>();
        for (Symbol? symbol = command; symbol is Command; symbol = symbol.Parents.FirstOrDefault())
        {
            names.Add(symbol is RootCommand ? "itsctl" : symbol.Name);
        }

        names.Reverse();
        return string.Join(' ', names);
    }
}
