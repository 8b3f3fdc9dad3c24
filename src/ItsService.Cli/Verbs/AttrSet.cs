using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Cli.Output;

namespace ItsService.Cli.Verbs;

/// <summary>`attr set`.</summary>
internal sealed class AttrSet : Verb
{
    private readonly AttributeOptions _options = new();

    private readonly Argument<string?> _value = new("VALUE")
    {
        Description = "Decimal, or hex with 0x; an order has none",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public AttrSet()
        : base("set", "Write a device attribute of a Paused VM, or have one of its orders carried out")
    {
        _options.AddTo(this);
        Arguments.Add(_value);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl attr set its:0 GITS_CREADR 0x40",
        "itsctl attr set its:0 RESTORE_TABLES",
        "itsctl attr set gic SAVE_PENDING_TABLES --vm guest-7",
        "itsctl attr set its:0 ADDR 0x8080000",
        "itsctl attr set cpu:1 GICR_CTLR 1",
        "itsctl attr set its:0 0x40 --group 8 --attr 0x90",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var text = ValueText(session.Arguments);
        var (vm, attribute) = await _options.FindAsync(session, cancellationToken);
        var value = ReadValue(attribute, text);
        await attribute.SetAsync(vm, value, cancellationToken);
        if (session.PrintsJson)
        {
            var device = _options.Device(session.Arguments);
            var written = attribute.IsOrder ? null : $"0x{value:x}";
            session.Output.WriteLine(JsonText.From(
                new { Vm = vm.Name.Value, device, Attribute = attribute.Name, Value = written }));
        }
        else
        {
            session.Output.WriteLine(
                attribute.IsOrder ? $"{attribute.Name} done" : $"{attribute.Name} written: 0x{value:x}");
        }

        return ExitCode.Success;
    }

    /// <summary>By numbers there is no name, so that the value stands in its place.</summary>
    private string? ValueText(ParseResult arguments)
    {
        var value = arguments.GetValue(_value);
        if (!_options.IsNumbered(arguments))
        {
            return value;
        }

        return value is null
            ? _options.NameText(arguments)
            : throw new UsageException($"'{_options.NameText(arguments)}' and --group name different attributes");
    }

    private static ulong ReadValue(AttributeArgument attribute, string? text)
    {
        if (attribute.IsOrder)
        {
            return text is null ? 0UL : throw new UsageException($"{attribute.Name} is an order and has no value");
        }

        if (text is null)
        {
            throw new UsageException($"VALUE is missing: what is {attribute.Name} to become?");
        }

        return Number.TryParse(text, out var value)
            ? value
            : throw new UsageException($"'{text}' is no number of 64 bits: write 17 or 0x11");
    }
}
