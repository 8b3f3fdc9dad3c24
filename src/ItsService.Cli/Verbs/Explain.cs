using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Verbs;

/// <summary>`explain`: why an interrupt did not arrive.</summary>
internal sealed class Explain : Verb
{
    private const string Accepted = "--device and --event (and --its), or --int-id (and --vcpu for an SGI or PPI)";

    private readonly Option<string?> _vm = VmArgument.Option();
    private readonly Option<uint?> _device = Values.Count("--device", "The DeviceID that the message comes from");
    private readonly Option<uint?> _event = Values.Count("--event", "The EventID that it carries");
    private readonly Option<uint?> _its = Values.Count("--its", "The ITS's number [default: 0]");

    private readonly Option<uint?> _intId = Values.Count(
        "--int-id", "The INTID of an LPI, SPI, PPI or SGI, in place of --device and --event");

    private readonly Option<uint?> _vcpu = Values.Count("--vcpu", "Whose PPI or SGI [default: 0]");

    public Explain()
        : base("explain", "Tell why an interrupt did not arrive: its whole way, what holds it up, and what to do")
    {
        Options.Add(_vm);
        Options.Add(_device);
        Options.Add(_event);
        Options.Add(_its);
        Options.Add(_intId);
        Options.Add(_vcpu);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl explain --device 0x10 --event 3",
        "itsctl explain --vm guest-7 --its 1 --device 16 --event 0",
        "itsctl explain --int-id 8195 --json",
        "itsctl explain --int-id 27 --vcpu 1",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        RefuseUnlessOne(session.Arguments);
        var vm = await session.VmOrOnlyOneAsync(session.Arguments.GetValue(_vm), cancellationToken);
        var explanation = await ExplainAsync(vm, session.Arguments, cancellationToken);
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.FromMessage(explanation));
        }
        else
        {
            ExplanationText.Write(session.Output, vm.Name.Value, explanation);
        }

        return ExitCode.Success;
    }

    private Task<ExplainResponse> ExplainAsync(
        VmHandle vm, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_intId) is { } intId)
        {
            VcpuIndex? vcpu = arguments.GetValue(_vcpu) is { } whose ? new VcpuIndex(whose) : null;
            return vm.ExplainAsync(new IntId(intId), vcpu, cancellationToken);
        }

        return vm.ExplainAsync(
            new ItsIndex(arguments.GetValue(_its) ?? 0),
            new DeviceId(arguments.GetValue(_device)!.Value),
            new EventId(arguments.GetValue(_event)!.Value),
            cancellationToken);
    }

    private void RefuseUnlessOne(ParseResult arguments)
    {
        bool IsGiven(Option<uint?> option) => arguments.GetValue(option) is not null;

        var namesEvent = IsGiven(_device) || IsGiven(_event) || IsGiven(_its);
        if (IsGiven(_intId) ? namesEvent : !IsGiven(_device) || !IsGiven(_event))
        {
            throw new UsageException(namesEvent && IsGiven(_intId)
                ? $"--int-id excludes --device, --event and --its; accepted: {Accepted}"
                : $"which interrupt? accepted: {Accepted}");
        }

        if (IsGiven(_vcpu) && !IsGiven(_intId))
        {
            throw new UsageException("--vcpu is for --int-id: the vCPU of a device's event is that of its collection");
        }
    }
}
