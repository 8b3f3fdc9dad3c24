using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Client;
using Spectre.Console;

namespace ItsService.Cli.Verbs;

/// <summary>`reg read`: the value, and what its fields say.</summary>
internal sealed class RegRead : Verb
{
    private readonly RegisterOptions _options = new();

    public RegRead()
        : base("read", "Read a register, as a guest does")
    {
        _options.AddTo(this);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl reg read GITS_TYPER",
        "itsctl reg read GICR_CTLR@2 --vm guest-7",
        "itsctl reg read ICC_PMR_EL1 --vcpu 0",
        "itsctl reg read gits+0x8 --size 4",
        "itsctl reg read 0x8080008",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var arguments = session.Arguments;
        var register = _options.ParsedRegister(arguments);
        var vm = await session.VmOrOnlyOneAsync(arguments.GetValue(_options.Vm), cancellationToken);
        var view = RegisterView.Find(
            register,
            await vm.ListRegistersAsync(cancellationToken),
            await vm.DescribeAsync(cancellationToken));
        var sizeBytes = arguments.GetValue(_options.Size) ?? view.WidthBytes;
        var value = await ReadAsync(vm, register, view, sizeBytes, cancellationToken);
        var fields = view.Fields(value, sizeBytes).ToList();
        var name = view.Name ?? arguments.GetRequiredValue(_options.Register);
        if (session.PrintsJson)
        {
            session.Output.WriteLine(
                JsonText.From(new { Vm = vm.Name.Value, Register = name, sizeBytes, Value = $"0x{value:x}", fields }));
            return ExitCode.Success;
        }

        session.Output.WriteLine($"{name} 0x{value:x}");
        if (fields.Count > 0)
        {
            session.Terminal.Write(Table(fields));
        }

        return ExitCode.Success;
    }

    private static async Task<ulong> ReadAsync(
        VmHandle vm,
        RegisterArgument register,
        RegisterView view,
        uint sizeBytes,
        CancellationToken cancellationToken)
    {
        if (register.SystemRegister is { } systemRegister)
        {
            return (await vm.ReadSystemRegisterAsync(register.Vcpu, systemRegister, cancellationToken)).Value;
        }

        // A name that is not known goes to the service as it is: it knows which name is near.
        var size = view.Name is null && register.Name.Length > 0 ? AccessSize.Natural : new AccessSize(sizeBytes);
        return (await vm.ReadRegisterAsync(register.Place!.Value, size, cancellationToken)).Value;
    }

    private static Table Table(IEnumerable<FieldValue> fields)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "", "");
        foreach (var field in fields)
        {
            var bits = field.HighBit == field.LowBit ? $"{field.LowBit}" : $"{field.HighBit}:{field.LowBit}";
            table.AddRow($"  {Markup.Escape($"[{bits}]")}", Markup.Escape(field.Name), field.Value);
        }

        return table;
    }
}
