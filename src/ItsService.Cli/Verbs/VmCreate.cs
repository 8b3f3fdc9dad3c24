using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Verbs;

/// <summary>`vm create`: the defaults make the memory map of QEMU's `virt` machine.</summary>
internal sealed class VmCreate : Verb
{
    private const ulong DefaultGicd = 0x0800_0000;
    private const ulong DefaultGits = 0x0808_0000;
    private const ulong DefaultGicr = 0x080A_0000;
    private const ulong DefaultRamBase = 0x4000_0000;
    private const ulong DefaultRamSizeBytes = 512 << 20;

    private readonly Argument<string> _id = new("ID")
    {
        Description = "The last part of its name: a-z, 0-9 and '-'. Left out, the service chooses one",
        Arity = ArgumentArity.ZeroOrOne,
        DefaultValueFactory = _ => "",
    };

    private readonly Option<uint?> _vcpus = Values.Count("--vcpus", "How many vCPUs [default: 1]");

    private readonly Option<string> _profile = new("--profile")
    {
        Description = "Whose identification values and choices it follows",
        HelpName = "kvm|qemu",
        DefaultValueFactory = _ => "kvm",
    };

    private readonly Option<string?> _commandErrors = CommandErrors.Option();

    private readonly Option<MemoryRegion[]> _ram = new("--ram")
    {
        Description = "Guest RAM, repeatable: the service's own, the VMM's (remote), or a file's beneath the directory "
            + "that the service shares memory in [default: 0x40000000:512M]",
        HelpName = RegionText.Form,
        CustomParser = result => [.. result.Tokens.Select(token => RegionText.Parse(token, result)!)],
    };

    private readonly Option<ulong?> _gicd = Values.Address("--gicd", "The distributor [default: 0x8000000]");

    private readonly Option<ulong?> _gicr = Values.Address("--gicr", "The redistributors [default: 0x80a0000]");

    private readonly Option<ulong[]> _gits = new("--gits")
    {
        Description = "An ITS, repeatable [default: 0x8080000]",
        HelpName = "BASE",
        CustomParser = result =>
        {
            var bases = new List<ulong>();
            foreach (var token in result.Tokens)
            {
                if (Number.TryParse(token.Value, out var itsBase))
                {
                    bases.Add(itsBase);
                }
                else
                {
                    result.AddError($"'{token.Value}' is no address: write 0x8080000");
                }
            }

            return [.. bases];
        },
    };

    private readonly Option<bool> _paused = new("--paused") { Description = "Create it Paused" };

    private readonly Option<bool> _awaitsInit = new("--awaits-init")
    {
        Description = "Let it wait for the controller's INIT, as KVM's does; until then it is Paused",
    };

    private readonly LeaseOptions _lease = new();

    private readonly Option<uint?> _intIds = Values.Count(
        "--int-ids", "How many INTIDs there are below the LPIs: a multiple of 32, up to 1024 [default: the profile's]");

    public VmCreate()
        : base("create", "Create a VM")
    {
        _profile.AcceptOnlyFromAmong("kvm", "qemu");
        Arguments.Add(_id);
        Options.Add(_vcpus);
        Options.Add(_profile);
        Options.Add(_commandErrors);
        Options.Add(_ram);
        Options.Add(_gicd);
        Options.Add(_gicr);
        Options.Add(_gits);
        Options.Add(_paused);
        Options.Add(_awaitsInit);
        Options.Add(_intIds);
        _lease.AddTo(this);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl vm create guest-7 --vcpus 4",
        "itsctl vm create guest-7 --ram 0x40000000:1G:shared=guest-7/ram",
        "itsctl vm create guest-8 --profile qemu --ram 0x40000000:1G --ram 0x100000000:0x40000000 --paused",
        "itsctl vm create strict --command-errors stall",
        "itsctl vm create as-kvm --vcpus 4 --awaits-init",
        "itsctl vm create passing --lease 5m --orphan delete",
        "itsctl vm create two-its --gits 0x8080000 --gits 0x9000000 --gicr 0xa000000",
    ];

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var arguments = session.Arguments;
        var vcpuCount = arguments.GetValue(_vcpus) ?? 1;
        var spec = new VmSpec
        {
            Profile = arguments.GetValue(_profile) == "qemu" ? Profile.Qemu : Profile.Kvm,
            DistributorBase = arguments.GetValue(_gicd) ?? DefaultGicd,
            AwaitsInit = arguments.GetValue(_awaitsInit),
        };
        if (arguments.GetValue(_intIds) is { } intIds)
        {
            spec.IntIdLines = intIds;
        }

        CommandErrors.Apply(arguments.GetValue(_commandErrors), spec);
        _lease.Apply(arguments, spec);
        spec.Vcpus.AddRange(Enumerable.Range(0, CheckedCount(vcpuCount)).Select(_ => new Vcpu()));
        spec.RedistributorRegions.Add(
            new RedistributorRegion { Base = arguments.GetValue(_gicr) ?? DefaultGicr, Count = vcpuCount });
        ulong[] itsBases = arguments.GetValue(_gits) is { Length: > 0 } given ? given : [DefaultGits];
        spec.Its.AddRange(itsBases.Select(itsBase => new ItsUnit { Base = itsBase }));
        spec.MemoryRegions.AddRange(arguments.GetValue(_ram) is { Length: > 0 } regions ? regions : [DefaultRam()]);

        var request = new CreateVmRequest
        {
            VmId = arguments.GetValue(_id),
            Spec = spec,
            StartPaused = arguments.GetValue(_paused),
        };
        var vm = await session.Client.CreateVmAsync(request, cancellationToken);
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.FromMessage(await vm.DescribeAsync(cancellationToken)));
        }
        else
        {
            session.Output.WriteLine(vm.Name);
        }

        return ExitCode.Success;
    }

    /// <summary>The service has the limit; this only keeps a slip of the hand from filling memory here.</summary>
    private static int CheckedCount(uint vcpuCount) =>
        vcpuCount <= 100_000 ? (int)vcpuCount : throw new UsageException($"--vcpus is {vcpuCount}: a VM has up to 512");

    private static MemoryRegion DefaultRam() =>
        new() { Base = DefaultRamBase, SizeBytes = DefaultRamSizeBytes, Hosted = new HostedMemory() };
}
