using System.Text.RegularExpressions;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Input;

/// <summary>
/// A register as it is named on the command line: GITS_TYPER, GICR_CTLR@2, ICC_PMR_EL1, 0x8080008 or gicr2+0x10100.
/// </summary>
internal sealed partial record RegisterArgument
{
    /// <summary>The memory-mapped register. Null for a system register.</summary>
    public RegisterPlace? Place { get; private init; }

    /// <summary>The system register. Null for a memory-mapped one.</summary>
    public SystemRegisterId? SystemRegister { get; private init; }

    /// <summary>The vCPU of a system register.</summary>
    public VcpuIndex Vcpu { get; private init; }

    /// <summary>The name, when it is named, else empty.</summary>
    public string Name { get; private init; } = "";

    /// <summary>The address, when it is given so.</summary>
    public ulong? Address { get; private init; }

    /// <summary>Frame and offset, when it is given so.</summary>
    public FrameOffset? FrameOffset { get; private init; }

    /// <param name="text">What stands on the command line.</param>
    /// <param name="index">--index, which says the same as "@N".</param>
    /// <param name="vcpu">--vcpu, for a system register.</param>
    public static RegisterArgument Parse(string text, uint? index, uint? vcpu)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return Number.TryParse(text, out var address)
                ? new RegisterArgument { Address = address, Place = RegisterPlace.At(new GuestAddress(address)) }
                : throw new UsageException($"'{text}' is no address");
        }

        if (FrameAndOffset().Match(text) is { Success: true } inFrame)
        {
            return InFrame(text, inFrame, index);
        }

        if (NameAndIndex().Match(text) is not { Success: true } named)
        {
            throw new UsageException(
                $"'{text}' is no register: write GITS_TYPER, GICR_CTLR@2, ICC_PMR_EL1, 0x8080008 or gits+0x8");
        }

        var name = named.Groups["name"].Value;
        var number = Index(text, named.Groups["index"].Value, index);
        return name.StartsWith("ICC_", StringComparison.OrdinalIgnoreCase)
            ? new RegisterArgument
            {
                Name = name,
                SystemRegister = SystemRegisterId.Named(name),
                Vcpu = new VcpuIndex(vcpu ?? number ?? 0),
            }
            : new RegisterArgument { Name = name, Place = RegisterPlace.Named(name, number ?? vcpu ?? 0) };
    }

    private static RegisterArgument InFrame(string text, Match match, uint? index)
    {
        var number = Index(text, match.Groups["index"].Value, index) ?? 0;
        if (!Number.TryParse(match.Groups["offset"].Value, out var offset) || offset > uint.MaxValue)
        {
            throw new UsageException($"'{text}' has no offset that is a number");
        }

        var frame = match.Groups["frame"].Value.ToUpperInvariant() switch
        {
            "GITS" => RegisterPlace.InGits(new ItsIndex(number), (uint)offset),
            "GICR" => RegisterPlace.InGicr(new VcpuIndex(number), (uint)offset),
            _ => RegisterPlace.InGicd((uint)offset),
        };
        return new RegisterArgument
        {
            Place = frame,
            FrameOffset = new FrameOffset
            {
                Frame = Enum.Parse<Frame>(match.Groups["frame"].Value, ignoreCase: true),
                Index = number,
                Offset = (uint)offset,
            },
        };
    }

    private static uint? Index(string text, string digits, uint? option)
    {
        if (digits.Length == 0)
        {
            return option;
        }

        if (!uint.TryParse(digits, out var number) || (option is { } other && other != number))
        {
            throw new UsageException($"'{text}' and --index name different registers");
        }

        return number;
    }

    [GeneratedRegex(@"^(?<frame>gits|gicr|gicd)@?(?<index>\d*)\+(?<offset>\w+)$", RegexOptions.IgnoreCase)]
    private static partial Regex FrameAndOffset();

    [GeneratedRegex(@"^(?<name>[A-Za-z]\w*)(@(?<index>\d+))?$")]
    private static partial Regex NameAndIndex();
}
