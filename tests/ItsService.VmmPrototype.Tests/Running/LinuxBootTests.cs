using System.Text;
using ItsService.Protocol.V1;
using ItsService.VmmPrototype.Running;
using ItsService.VmmPrototype.Tests.Hosting;

namespace ItsService.VmmPrototype.Tests.Running;

public class LinuxBootTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task An_unmodified_Linux_boots_and_reads_what_it_wrote()
    {
        var debian = await Needs.DebianAsync();
        await using var service = await LocalService.StartAsync();
        var console = new StringBuilder();
        var options = new BootOptions
        {
            Machine = new MachineSpec
            {
                Kernel = debian.Kernel,
                Initrd = debian.InitramfsFor("io"),
                CommandLine = "console=ttyAMA0 panic=-1",
                SkipsIdleTime = true,
            },
            Console = value => console.Append((char)value),
            Timeout = Limit,
        };

        var report = await GuestRun.RunAsync(service.Client, options, TestContext.Current.CancellationToken);

        Assert.True(report.IsGood, console.ToString());
        Assert.Equal(0, report.BadBlocks);
        Assert.Equal(0, report.KernelComplaints);
        Assert.True(report.Disk is { Reads: >= 30, Writes: >= 30 }, $"{report.Disk}");
        // Each command's message became an LPI, which the guest took.
        Assert.Equal(report.Messages[MsiOutcome.Pended], report.Acknowledged[0].Lpis);
        Assert.True(report.Acknowledged[0].Ppis > 0);
        Assert.Contains("ITS-MSI", console.ToString());
    }
}
