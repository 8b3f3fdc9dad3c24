using System.Text;
using ItsService.Protocol.V1;
using ItsService.VmmPrototype.Boot;
using ItsService.VmmPrototype.Running;
using ItsService.VmmPrototype.Tests.Hosting;

namespace ItsService.VmmPrototype.Tests.Running;

/// <summary>tests/guests/interrupts.S, which QEMU's virt machine runs to the end as well.</summary>
public class BareMetalGuestTests
{
    private const int CaseCount = 28;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Guest_finds_its_interrupt_controller_as_the_architecture_says(bool hasGroup0)
    {
        var program = await AssembledGuest.OfAsync("interrupts.S");
        await using var service = await LocalService.StartAsync();
        var console = new StringBuilder();
        var options = new BootOptions
        {
            Machine = new MachineSpec { Kernel = KernelImage.From(program), VcpuCount = 2 },
            Profile = hasGroup0 ? new ProfileOverrides { Group0 = true } : null,
            RamSizeBytes = 128 << 20,
            Console = value => console.Append((char)value),
            Timeout = Limit,
        };

        var report = await GuestRun.RunAsync(service.Client, options, TestContext.Current.CancellationToken);

        var lines = console.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(report.IsGood, console.ToString());
        Assert.Equal(CaseCount, lines.Count(line => line.StartsWith("ok ", StringComparison.Ordinal)));
        Assert.Equal("done", lines[^1]);
        Assert.All(report.Acknowledged, vcpu => Assert.True(vcpu is { Sgis: > 0, Spis: > 0, Lpis: > 0 }, $"{vcpu}"));
    }
}
