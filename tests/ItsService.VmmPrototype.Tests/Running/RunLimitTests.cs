using ItsService.Client.Identifiers;
using ItsService.VmmPrototype.Boot;
using ItsService.VmmPrototype.Devices;
using ItsService.VmmPrototype.Running;
using ItsService.VmmPrototype.Tests.Hosting;

namespace ItsService.VmmPrototype.Tests.Running;

/// <summary>Guests whose time is up, and the time that they have.</summary>
public class RunLimitTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Guest_that_waits_for_the_service_is_given_up_when_its_time_is_up()
    {
        await using var service = await LocalService.StartAsync();
        var program = await AssembledGuest.OfAsync("interrupts.S");
        var isPaused = false;
        var options = new BootOptions
        {
            Machine = new MachineSpec { Kernel = KernelImage.From(program), VcpuCount = 2 },
            RamSizeBytes = 128 << 20,
            Timeout = TimeSpan.FromSeconds(1),
            Console = _ => isPaused = isPaused || Pause(service),
        };

        var report = await GuestRun.RunAsync(service.Client, options, Cancellation).WaitAsync(
            TimeSpan.FromMinutes(1), Cancellation);

        Assert.True(isPaused);
        Assert.True(report.HasTimedOut);
        Assert.Empty(await service.Client.ListVmsAsync(Cancellation).ToListAsync(Cancellation));
    }

    [Theory]
    [InlineData(62_500_000ul, 1)]
    [InlineData(62_500_000ul * 3600, 3600)]
    public void Time_of_a_guest_is_not_cut_off(ulong ticks, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), GuestClock.ToTime(ticks));

    // On the thread that runs the guest, which goes on when this is done.
    private static bool Pause(LocalService service)
    {
        PauseAsync(service).GetAwaiter().GetResult();
        return true;
    }

    private static async Task PauseAsync(LocalService service)
    {
        await foreach (var vm in service.Client.ListVmsAsync(Cancellation))
        {
            await service.Client.Vm(new VmName(vm.Name).Value).PauseAsync(Cancellation);
        }
    }
}
