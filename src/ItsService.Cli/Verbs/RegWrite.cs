using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Verbs;

/// <summary>`reg write`.</summary>
internal sealed class RegWrite : Verb
{
    private readonly RegisterOptions _options = new();

    private readonly Argument<ulong?> _value = new("VALUE")
    {
        Description = "Decimal, or hex with 0x",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result => Values.ParseNumber(result),
    };

    public RegWrite()
        : base("write", "Write a register, as a guest does")
    {
        _options.AddTo(this);
        Arguments.Add(_value);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl reg write GITS_CTLR 1",
        "itsctl reg write ICC_PMR_EL1 0xf0 --vcpu 1",
        "itsctl reg write gicr2+0x10100 0xffff --vm guest-7",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var arguments = session.Arguments;
        var register = _options.ParsedRegister(arguments);
        var value = arguments.GetRequiredValue(_value) ?? throw new UsageException("VALUE is missing");
        var vm = await session.VmOrOnlyOneAsync(arguments.GetValue(_options.Vm), cancellationToken);
        IReadOnlyList<VcpuLine> changedLines;
        if (register.SystemRegister is { } systemRegister)
        {
            var answer = await vm.WriteSystemRegisterAsync(register.Vcpu, systemRegister, value, cancellationToken);
            changedLines = answer.ChangedLines;
        }
        else
        {
            var size = await SizeAsync(vm, register, arguments.GetValue(_options.Size), cancellationToken);
            var answer = await vm.WriteRegisterAsync(register.Place!.Value, size, value, cancellationToken);
            changedLines = answer.ChangedLines;
        }

        Print(session, vm.Name, arguments.GetRequiredValue(_options.Register), value, changedLines);
        return ExitCode.Success;
    }

    /// <summary>The service knows the width of what is named; for an address it is looked up.</summary>
    private static async Task<AccessSize> SizeAsync(
        VmHandle vm,
        RegisterArgument register,
        uint? given,
        CancellationToken cancellationToken)
    {
        if (given is { } sizeBytes)
        {
            return new AccessSize(sizeBytes);
        }

        if (register.Name.Length > 0)
        {
            return AccessSize.Natural;
        }

        var view = RegisterView.Find(
            register,
            await vm.ListRegistersAsync(cancellationToken),
            await vm.DescribeAsync(cancellationToken));
        return new AccessSize(view.WidthBytes);
    }

    private static void Print(
        Session session,
        VmName vm,
        string register,
        ulong value,
        IReadOnlyList<VcpuLine> changedLines)
    {
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.From(new
            {
                Vm = vm.Value,
                register,
                Value = $"0x{value:x}",
                ChangedLines = LinesText.ForJson(changedLines),
            }));
            return;
        }

        session.Output.WriteLine($"{register} written: 0x{value:x}");
        LinesText.Write(session.Output, changedLines);
    }
}
