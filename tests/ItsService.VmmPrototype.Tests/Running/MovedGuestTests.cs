using System.Text;
using ItsService.Client;
using ItsService.Protocol.V1;
using ItsService.VmmPrototype.Boot;
using ItsService.VmmPrototype.Running;
using ItsService.VmmPrototype.Tests.Hosting;

namespace ItsService.VmmPrototype.Tests.Running;

/// <summary>
/// Guests whose RAM the service reaches in each way, and whose interrupt controller moves while they run.
/// </summary>
public class MovedGuestTests
{
    private const int CaseCount = 28;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static TheoryData<MemoryKind, bool> Ways
    {
        get
        {
            var ways = new TheoryData<MemoryKind, bool>();
            foreach (var kind in Enum.GetValues<MemoryKind>())
            {
                ways.Add(kind, false);
                ways.Add(kind, true);
            }

            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Guest_does_not_notice_that_its_interrupt_controller_moves(MemoryKind memory, bool byCheckpoint)
    {
        var program = await AssembledGuest.OfAsync("interrupts.S");
        await using var services = await ServicesInTurn.StartAsync();
        var console = new StringBuilder();
        var options = new BootOptions
        {
            Machine = new MachineSpec { Kernel = KernelImage.From(program), VcpuCount = 2 },
            Memory = memory,
            RamSizeBytes = 128 << 20,
            Console = value => console.Append((char)value),
            Timeout = Limit,
            Moves = services.After(byCheckpoint, "ok ", "ok ", "ok ", "ok ", "ok ", "ok "),
        };

        var report = await GuestRun.RunAsync(services.Client, options, TestContext.Current.CancellationToken);

        var lines = console.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(report.IsGood, console.ToString());
        Assert.Equal(CaseCount, lines.Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));
        Assert.Equal(6, report.Moves.Count);
        Assert.All(report.Moves, move => Assert.True(move.StateBytes > 0));
    }

    [Fact]
    public async Task Linux_does_not_notice_amid_its_disk_access()
    {
        var debian = await Needs.DebianAsync();
        await using var services = await ServicesInTurn.StartAsync();
        var console = new StringBuilder();
        var options = new BootOptions
        {
            Machine = new MachineSpec
            {
                Kernel = debian.Kernel,
                Initrd = debian.InitramfsFor("io"),
                CommandLine = "console=ttyAMA0 panic=-1 quiet",
                SkipsIdleTime = true,
            },
            Memory = MemoryKind.Remote,
            Console = value => console.Append((char)value),
            Timeout = Limit,
            Moves = services.After(byCheckpoint: true, "I/O on all CPUs", "I/O goes on"),
        };

        var report = await GuestRun.RunAsync(services.Client, options, TestContext.Current.CancellationToken);

        Assert.True(report.IsGood, console.ToString());
        Assert.Equal((0, 0), (report.BadBlocks, report.KernelComplaints));
        Assert.Equal(2, report.Moves.Count);
        Assert.Equal(report.Messages[MsiOutcome.Pended], report.Acknowledged[0].Lpis);
    }

    [Fact]
    public async Task Key_moves_at_any_time_and_others_are_the_guests()
    {
        await using var services = await ServicesInTurn.StartAsync();
        var program = await AssembledGuest.OfAsync("interrupts.S");
        var options = new BootOptions
        {
            Machine = new MachineSpec { Kernel = KernelImage.From(program), VcpuCount = 2 },
            RamSizeBytes = 128 << 20,
            Timeout = Limit,
            Input = new MemoryStream("\u0001s"u8.ToArray()),
            Moves = services.After(byCheckpoint: false),
        };

        var report = await GuestRun.RunAsync(services.Client, options, TestContext.Current.CancellationToken);

        Assert.True(report.IsGood);
        Assert.Equal("", Assert.Single(report.Moves).After);
    }

    [Fact]
    public async Task Move_that_the_service_refuses_ends_the_run_and_says_why()
    {
        await using var service = await LocalService.StartAsync();
        var program = await AssembledGuest.OfAsync("interrupts.S");
        var options = new BootOptions
        {
            Machine = new MachineSpec { Kernel = KernelImage.From(program), VcpuCount = 2 },
            RamSizeBytes = 128 << 20,
            Timeout = Limit,
            Moves = new GuestMoves { At = ["ok "], ByCheckpoint = true, Next = _ => Task.FromResult(service.Client) },
        };

        var refusal = await Assert.ThrowsAsync<ItsServiceException>(
            () => GuestRun.RunAsync(service.Client, options, TestContext.Current.CancellationToken));

        Assert.Contains("StateDirectory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_that_shares_no_memory_is_told_of()
    {
        await using var service = await LocalService.StartAsync();
        var options = new BootOptions
        {
            Machine = new MachineSpec { Kernel = KernelImage.From(new byte[64]) },
            Memory = MemoryKind.Shared,
        };

        var refusal = await Assert.ThrowsAsync<GuestImageException>(
            () => GuestRun.RunAsync(service.Client, options, TestContext.Current.CancellationToken));

        Assert.Contains("--shared-memory-directory", refusal.Message, StringComparison.Ordinal);
    }
}
