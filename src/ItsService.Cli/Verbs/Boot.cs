using System.CommandLine;
using ItsService.Cli.Input;
using ItsService.Cli.Output;
using ItsService.VmmPrototype;
using ItsService.VmmPrototype.Boot;
using ItsService.VmmPrototype.Debian;
using ItsService.VmmPrototype.Running;

namespace ItsService.Cli.Verbs;

/// <summary>`boot`: a guest on the VMM prototype, whose interrupt controller is the service.</summary>
internal sealed class Boot : Verb
{
    private const int DefaultRamMebibytes = 512;
    private const string ConsoleParameters = "console=ttyAMA0 panic=-1";

    private readonly Option<string?> _kernel = new("--kernel")
    {
        Description = "Linux's Image for arm64, or any other program, which lies at 0x40080000",
        HelpName = "FILE",
    };

    private readonly Option<string?> _initrd = new("--initrd")
    {
        Description = "An initramfs for Linux",
        HelpName = "FILE",
    };

    private readonly Option<bool> _debian = new("--debian")
    {
        Description = "Debian's kernel and busybox for arm64, fetched by apt at the first time",
    };

    private readonly Option<bool> _fetchOnly = new("--fetch-only")
    {
        Description = "With --debian: fetch them, and run nothing",
    };

    private readonly Option<string> _scenario = new("--scenario")
    {
        Description = "With --debian: what the guest does",
        HelpName = string.Join('|', DebianGuest.Scenarios),
        DefaultValueFactory = _ => DebianGuest.Scenarios[0],
    };

    private readonly Option<int?> _vcpus = Values.HowMany("--smp", "How many vCPUs, 1..8 [default: 1]", minimum: 1);

    private readonly Option<string?> _append = new("--append")
    {
        Description = $"More for the kernel's command line, behind \"{ConsoleParameters}\"",
        HelpName = "TEXT",
    };

    private readonly Option<string> _memory = new("--memory")
    {
        Description = "How the service reaches the guest's RAM",
        HelpName = string.Join('|', MemoryNames),
        DefaultValueFactory = _ => MemoryNames.First(),
    };

    private readonly Option<int?> _ram = Values.HowMany(
        "--ram", $"MiB of RAM, 64 or more [default: {DefaultRamMebibytes}]", minimum: 64);

    private readonly Option<string?> _disk = new("--disk")
    {
        Description = "A file for the NVMe disk, which the guest may write [default: 64 MiB of zeros]",
        HelpName = "FILE",
    };

    private readonly Option<int?> _timeout = Values.HowMany(
        "--timeout", "Stop it after so many seconds, and exit with 1 [default: never]", minimum: 1);

    private readonly Option<bool> _skipIdle = new("--skip-idle")
    {
        Description = "Do not wait while all vCPUs sleep: the guest's time goes on to its next timer",
    };

    private readonly BootMoves _moves = new();

    public Boot()
        : base("boot", "Run a guest on the VMM prototype, with the service as its interrupt controller")
    {
        _scenario.AcceptOnlyFromAmong([.. DebianGuest.Scenarios]);
        _memory.AcceptOnlyFromAmong([.. MemoryNames]);
        foreach (var option in new Option[]
        {
            _debian, _scenario, _fetchOnly, _kernel, _initrd, _append,
            _vcpus, _ram, _memory, _disk, _skipIdle, _timeout,
        }.Concat(_moves.Options))
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<string> Examples =>
    [
        "itsctl boot --debian --smp 4",
        "itsctl boot --debian --smp 2 --scenario hotplug --embedded",
        "itsctl boot --kernel Image --initrd initramfs.cpio --append quiet --ram 1024",
        "itsctl boot --kernel guest.bin --smp 2 --timeout 60",
        "itsctl boot --debian --checkpoint-at 'I/O goes on' --move-by state --move-to http://127.0.0.1:7401",
        "itsctl boot --debian --json --timeout 300",
    ];

    private static IEnumerable<string> MemoryNames =>
        Enum.GetNames<MemoryKind>().Select(name => name.ToLowerInvariant());

    protected override async Task<int> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var machine = await MachineAsync(session, cancellationToken);
        if (session.Arguments.GetValue(_fetchOnly))
        {
            return ExitCode.Success;
        }

        // A program that reads the JSON is not to find the guest's words among it.
        var console = session.PrintsJson ? session.Error : session.Output;
        var options = new BootOptions
        {
            Machine = machine,
            RamSizeBytes = (ulong)(session.Arguments.GetValue(_ram) ?? DefaultRamMebibytes) << 20,
            Memory = Enum.Parse<MemoryKind>(session.Arguments.GetRequiredValue(_memory), ignoreCase: true),
            DiskFile = session.Arguments.GetValue(_disk),
            Moves = _moves.Of(session),
            Timeout = session.Arguments.GetValue(_timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Console = value => console.Write((char)value),
            Input = Console.IsInputRedirected ? null : Console.OpenStandardInput(),
        };
        var report = await RunAsync(session, options, cancellationToken);
        if (session.PrintsJson)
        {
            session.Output.WriteLine(JsonText.From(BootView.JsonOf(report)));
        }
        else
        {
            BootView.Write(session.Output, report);
        }

        return report.IsGood ? ExitCode.Success : ExitCode.CheckFailed;
    }

    private async Task<BootReport> RunAsync(
        Session session, BootOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await GuestRun.RunAsync(session.Client, options, cancellationToken);
        }
        finally
        {
            await _moves.CloseAsync();
        }
    }

    private async Task<MachineSpec> MachineAsync(Session session, CancellationToken cancellationToken)
    {
        var arguments = session.Arguments;
        var vcpuCount = arguments.GetValue(_vcpus) ?? 1;
        if (vcpuCount > MachineSpec.VcpusMax)
        {
            throw new UsageException($"--smp is {vcpuCount}: the machine has up to {MachineSpec.VcpusMax} vCPUs");
        }

        var kernel = arguments.GetValue(_kernel);
        var isDebian = arguments.GetValue(_debian);
        if (isDebian == (kernel is not null))
        {
            throw new UsageException("say what to boot: --debian, or --kernel FILE");
        }

        if (arguments.GetValue(_fetchOnly) && !isDebian)
        {
            throw new UsageException("--fetch-only is for --debian");
        }

        var append = arguments.GetValue(_append);
        var spec = new MachineSpec
        {
            VcpuCount = vcpuCount,
            Kernel = kernel is null ? null! : KernelImage.ReadFile(kernel),
            Initrd = arguments.GetValue(_initrd) is { } path ? ReadFile(path) : null,
            CommandLine = append is null ? ConsoleParameters : $"{ConsoleParameters} {append}",
            SkipsIdleTime = arguments.GetValue(_skipIdle),
        };
        if (!isDebian)
        {
            return spec;
        }

        var debian = await DebianGuest.GetAsync(
            message => session.Error.WriteLine($"itsctl: {message}"), cancellationToken);
        return spec with
        {
            Kernel = debian.Kernel,
            Initrd = spec.Initrd ?? debian.InitramfsFor(arguments.GetRequiredValue(_scenario)),
        };
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {problem.Message}");
        }
    }
}
