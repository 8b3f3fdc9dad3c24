using System.CommandLine;
using ItsService.Cli.Input;

namespace ItsService.Cli.Verbs;

/// <summary>What `reg read` and `reg write` have in common: which register is meant.</summary>
internal sealed class RegisterOptions
{
    public Argument<string> Register { get; } = new("REGISTER")
    {
        Description = "GITS_TYPER, GICR_CTLR@2, ICC_PMR_EL1, an address (0x8080008), or gits+0x8, gicr2+0x10100",
    };

    public Option<uint?> Index { get; } = Values.Count("--index", "Of the vCPU for GICR_*, of the ITS for GITS_*");

    public Option<uint?> Vcpu { get; } = Values.Count("--vcpu", "Whose system register [default: 0]");

    public Option<uint?> Size { get; } =
        Values.Count("--size", "Bytes: 1, 2, 4 or 8 [default: the register's own width]");

    public Option<string?> Vm { get; } = VmArgument.Option();

    public void AddTo(Command command)
    {
        command.Arguments.Add(Register);
        command.Options.Add(Vm);
        command.Options.Add(Index);
        command.Options.Add(Vcpu);
        command.Options.Add(Size);
    }

    public RegisterArgument ParsedRegister(ParseResult arguments) => RegisterArgument.Parse(
        arguments.GetRequiredValue(Register),
        arguments.GetValue(Index),
        arguments.GetValue(Vcpu));
}
