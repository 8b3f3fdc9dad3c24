using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Client;

namespace ItsService.Cli.Verbs;

/// <summary>`attr get`.</summary>
internal sealed class AttrGet : Verb
{
    private readonly AttributeOptions _options = new();

    private readonly Option<uint?> _index = Values.Count(
        "--index", "Which region of REDIST_REGION [default: 0]", VmHandle.RegionIndexMax);

    public AttrGet()
        : base("get", "Read a device attribute, as a VMM does that saves the VM")
    {
        _options.AddTo(this);
        Options.Add(_index);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl attr get its:0 GITS_CBASER",
        "itsctl attr get cpu:1 ICC_PMR_EL1",
        "itsctl attr get cpu:1 GICR_PENDBASER --vm guest-7",
        "itsctl attr get gic REDIST_REGION --index 1",
        "itsctl attr get its:0 --group 8 --attr 0x90",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        _options.RefuseTwoNames(session.Arguments);
        var (vm, attribute) = await _options.FindAsync(session, cancellationToken);
        var index = session.Arguments.GetValue(_index) ?? 0;
        var value = await attribute.GetAsync(vm, index, cancellationToken);
        if (session.PrintsJson)
        {
            var device = _options.Device(session.Arguments);
            session.Output.WriteLine(JsonText.From(
                new { Vm = vm.Name.Value, device, Attribute = attribute.Name, Value = $"0x{value:x}" }));
        }
        else
        {
            session.Output.WriteLine($"{attribute.Name} 0x{value:x}");
        }

        return ExitCode.Success;
    }
}
