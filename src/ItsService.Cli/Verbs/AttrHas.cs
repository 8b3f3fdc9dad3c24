using ItsService.Cli.Output;

namespace ItsService.Cli.Verbs;

/// <summary>`attr has`: exit code 0 when the attribute exists, 1 when it does not.</summary>
internal sealed class AttrHas : Verb
{
    private readonly AttributeOptions _options = new();

    public AttrHas()
        : base("has", "Whether a device attribute exists: exit code 0, or 1 when it does not")
    {
        _options.AddTo(this);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl attr has its:0 RESET",
        "itsctl attr has gic --group 7 --attr 0",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        _options.RefuseTwoNames(session.Arguments);
        var (vm, attribute) = await _options.FindAsync(session, cancellationToken);
        var exists = await vm.HasAttributeAsync(attribute.Low, cancellationToken);
        if (session.PrintsJson)
        {
            var device = _options.Device(session.Arguments);
            session.Output.WriteLine(
                JsonText.From(new { Vm = vm.Name.Value, device, Attribute = attribute.Name, exists }));
        }
        else
        {
            session.Output.WriteLine($"{attribute.Name} {(exists ? "exists" : "does not exist")}");
        }

        return exists ? ExitCode.Success : ExitCode.CheckFailed;
    }
}
