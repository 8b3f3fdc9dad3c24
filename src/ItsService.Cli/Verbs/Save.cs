using System.CommandLine;
using System.Globalization;
using ItsService.Cli.Input;
using ItsService.Cli.Output;

namespace ItsService.Cli.Verbs;

/// <summary>`save`: a VM's interrupt controller into a file.</summary>
internal sealed class Save : Verb
{
    private readonly Argument<string> _vm = VmArgument.Required();

    private readonly Argument<string> _file = new("FILE") { Description = "Where the state goes" };

    private readonly SaveArguments _options = new();

    public Save()
        : base("save", "Save a VM's interrupt controller to a file; a VM that runs goes on")
    {
        Arguments.Add(_vm);
        Arguments.Add(_file);
        _options.AddTo(this);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl save guest-7 guest-7.state",
        "itsctl save guest-7 guest-7.state --in-flight drain --drain-ms 500",
        "itsctl save guest-7 guest-7.state --stay-paused --json",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var path = session.Arguments.GetRequiredValue(_file);
        var options = _options.Read(session.Arguments);

        // Whether it can be written is found before the VM is stopped for it.
        using var file = StateFile.Begin(path);
        var vm = session.Client.Vm(session.Arguments.GetRequiredValue(_vm));
        var saved = await LeftPaused.TellingAsync(session, vm.Name, options.StayPaused, async () =>
        {
            var saved = await vm.SaveAsync(options, cancellationToken);
            file.Finish(saved.State.Span);
            return saved;
        });
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.FromMessage(saved.Summary));
        }
        else
        {
            session.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{vm.Name.Value} saved to {path}, {saved.State.Length} bytes: {SummaryText.Of(saved.Summary)}"));
        }

        return ExitCode.Success;
    }
}
