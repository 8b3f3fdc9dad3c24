using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Cli.Output;

namespace ItsService.Cli.Verbs;

/// <summary>`level`: the lines of devices.</summary>
internal sealed class Level : Verb
{
    private readonly Argument<string[]> _levels = new("LINE=LEVEL")
    {
        Description = $"One or more of {LevelText.Form}, set in order and at one moment: SPIs are 32 and above, "
            + "PPIs 16..31 and each a vCPU's own",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _vm = VmArgument.Option();

    public Level()
        : base("level", "Set the lines of devices high or low, as SPIs and PPIs")
    {
        Arguments.Add(_levels);
        Options.Add(_vm);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl level 40=high",
        "itsctl level 40=high 40=low",
        "itsctl level 27@1=high 33=low --vm guest-7",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var arguments = session.Arguments;
        var levels = arguments.GetRequiredValue(_levels).Select(LevelText.Parse).ToList();
        var vm = await session.VmOrOnlyOneAsync(arguments.GetValue(_vm), cancellationToken);
        var answer = await vm.SetLevelsAsync(levels, cancellationToken);
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.From(new
            {
                Vm = vm.Name.Value,
                Levels = levels.Select(level => new
                {
                    level.IntId,
                    Vcpu = level.HasVcpu ? level.Vcpu : (uint?)null,
                    level.Asserted,
                }),
                ChangedLines = LinesText.ForJson(answer.ChangedLines),
            }));
        }
        else
        {
            session.Output.WriteLine($"{vm.Name}: {string.Join(' ', levels.Select(LevelText.Format))}");
            LinesText.Write(session.Output, answer.ChangedLines);
        }

        return ExitCode.Success;
    }
}
