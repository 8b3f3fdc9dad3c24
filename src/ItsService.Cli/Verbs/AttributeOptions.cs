using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Client;

namespace ItsService.Cli.Verbs;

/// <summary>What the verbs of `attr` have in common: which attribute is meant.</summary>
internal sealed class AttributeOptions
{
    private readonly Argument<string> _device = new("DEVICE")
    {
        Description = $"Whose attribute: {AttributeDevice.Forms}",
    };

    private readonly Argument<string?> _name = new("ATTRIBUTE")
    {
        Description =
            "A register (GITS_CBASER, GICR_CTLR, ICC_PMR_EL1, GICD_CTLR), the lines of 32 INTIDs (LEVEL_INFO32 of a "
            + "vCPU), a place (DIST, REDIST, REDIST_REGION; ADDR of an ITS), how many INTIDs there are (NR_IRQS) or an "
            + "order (SAVE_TABLES, RESTORE_TABLES, RESET of an ITS, SAVE_PENDING_TABLES of gic, INIT)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<uint?> _group = Values.Count("--group", "KVM's number of the group, in place of a name");

    private readonly Option<ulong?> _attr = new("--attr")
    {
        Description = "KVM's number in the group; of a vCPU without its affinity",
        HelpName = "N",
        CustomParser = result => Values.ParseNumber(result),
    };

    private readonly Option<string?> _vm = VmArgument.Option();

    public void AddTo(Command command)
    {
        command.Arguments.Add(_device);
        command.Arguments.Add(_name);
        command.Options.Add(_group);
        command.Options.Add(_attr);
        command.Options.Add(_vm);
    }

    /// <summary>The device as it was written.</summary>
    public string Device(ParseResult arguments) => arguments.GetRequiredValue(_device);

    /// <summary>What stands in the name's place: with numbers, that is the value.</summary>
    public string? NameText(ParseResult arguments) => arguments.GetValue(_name);

    /// <summary>Whether it is given by numbers.</summary>
    public bool IsNumbered(ParseResult arguments) =>
        arguments.GetValue(_group) is not null || arguments.GetValue(_attr) is not null;

    /// <exception cref="UsageException">It is given by numbers and by name.</exception>
    public void RefuseTwoNames(ParseResult arguments)
    {
        if (IsNumbered(arguments) && NameText(arguments) is { } name)
        {
            throw new UsageException($"'{name}' and --group name different attributes");
        }
    }

    /// <summary>The VM and the attribute.</summary>
    public async Task<(VmHandle Vm, AttributeArgument Attribute)> FindAsync(
        Session session, CancellationToken cancellationToken)
    {
        var arguments = session.Arguments;
        var device = AttributeDevice.Parse(Device(arguments));
        var (group, attr) = (arguments.GetValue(_group), arguments.GetValue(_attr));
        if (group is null != attr is null)
        {
            throw new UsageException("--group and --attr belong together");
        }

        if (group is null && NameText(arguments) is null)
        {
            throw new UsageException($"which attribute of {device.Text}? Write its name, or --group and --attr");
        }

        var vm = await session.VmOrOnlyOneAsync(arguments.GetValue(_vm), cancellationToken);
        var names = new AttributeNames(
            await vm.ListRegistersAsync(cancellationToken), (await vm.DescribeAsync(cancellationToken)).Spec);
        return (vm, group is { } number
            ? names.Numbered(device, number, attr!.Value)
            : names.Find(device, NameText(arguments)!));
    }
}
