using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Verbs;

/// <summary>`cmd submit`: puts commands into the guest's queue.</summary>
internal sealed class CmdSubmit : Verb
{
    private readonly Argument<string[]> _commands = new("COMMAND")
    {
        Description = string.Join(
            '\n',
            CommandForm.All.Select(Usage)
                .Prepend("One of these; several follow one another, with or without commas:")
                .Append("raw DW0 DW1 DW2 DW3, in hex")
                .Append("rdbase is the vCPU's index, or with GITS_TYPER.PTA the address of its RD_base frame;")
                .Append("bits is the number of EventID bits; valid=0 unmaps, and needs the first number alone")),
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _vm = VmArgument.Option();

    private readonly Option<uint?> _its = Values.Count("--its", "The ITS's number [default: 0]");

    private readonly Option<string?> _file = new("--file")
    {
        Description = "Read the commands from a file, whole commands on each line; # begins a comment",
        HelpName = "FILE",
    };

    public CmdSubmit()
        : base("submit", "Put commands into the guest's queue, as another vCPU would, and tell what becomes of each")
    {
        Arguments.Add(_commands);
        Options.Add(_vm);
        Options.Add(_its);
        Options.Add(_file);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl cmd submit mapd device=0x10 itt=0x40080000 bits=8, mapc icid=0 rdbase=0, sync rdbase=0",
        "itsctl cmd submit mapti device=0x10 event=0 lpi=8192 icid=0 --vm guest-7 --its 1",
        "itsctl cmd submit 'int device=0x10 event=0' 'mapd device=0x11 valid=0'",
        "itsctl cmd submit raw 0000000200000008 7 8000000040080000 0",
        "itsctl cmd submit --file commands.txt --json",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var arguments = session.Arguments;
        var commands = ReadCommands(arguments.GetValue(_commands) ?? [], arguments.GetValue(_file));
        var its = arguments.GetValue(_its) ?? 0;
        var vm = await session.VmOrOnlyOneAsync(arguments.GetValue(_vm), cancellationToken);
        var batch = vm.Commands(new ItsIndex(its));
        foreach (var command in commands)
        {
            batch.Add(command.Command);
        }

        var results = await batch.SubmitAsync(cancellationToken);
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.FromMessage(
                new SubmitResponse { Results = { results.All }, ChangedLines = { results.ChangedLines } }));
        }
        else
        {
            CommandResultsText.Write(session.Output, vm.Name, its, commands, results);
        }

        return results.NotExecuted.Count == 0 ? ExitCode.Success : ExitCode.CheckFailed;
    }

    private static List<WrittenCommand> ReadCommands(string[] words, string? file)
    {
        if (file is not null)
        {
            return words.Length == 0
                ? ReadFile(file)
                : throw new UsageException("give the commands either here or with --file");
        }

        try
        {
            var commands = CommandReader.ReadWords(words);
            return commands.Count > 0
                ? commands
                : throw new UsageException("there is no command; `itsctl cmd submit --help` shows them");
        }
        catch (FormatException problem)
        {
            throw new UsageException(problem.Message);
        }
    }

    private static List<WrittenCommand> ReadFile(string file)
    {
        try
        {
            var commands = CommandReader.ReadLines(File.ReadLines(file));
            return commands.Count > 0 ? commands : throw new InputException($"{file}: there is no command in it");
        }
        catch (FormatException problem)
        {
            throw new InputException($"{file}: {problem.Message}");
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{file}: there is no such file");
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(file))
        {
            throw new InputException($"{file}: this is a directory");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{file}: {problem.Message}");
        }
    }

    private static string Usage(CommandForm form) =>
        $"{form.Name} {string.Join(' ', form.Parameters.Select(Usage))}";

    private static string Usage(CommandParameter parameter) =>
        parameter.IsOptional ? $"[{parameter.Name}=0]" : $"{parameter.Name}=N";
}
