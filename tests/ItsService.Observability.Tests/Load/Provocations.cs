using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Client.Injection;
using ItsService.Observability.Tests.Hosting;
using ItsService.Protocol.V1;
using ItsService.Server;
using ItsService.Server.Machines;
using ItsService.Server.Tests.Gates;

namespace ItsService.Observability.Tests.Load;

/// <summary>A bad day: everything for which there is an alert happens to one service, in VMs of its own.</summary>
internal sealed class Provocations(ObservedService service, Loops loops)
{
    private const long HostedBytesMax = 1 << 20;
    private const int RecordsMax = 1_000_000;
    private const int VmsMax = 16;
    private static readonly ItsIndex Its = new(0);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan FloodPause = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan OverMemoryBudget = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan OverQueueBudget = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan OverAcknowledgeBudget = TimeSpan.FromMilliseconds(2500);

    private ItsClient Client => service.Client;

    /// <summary>Settings with which limits are near.</summary>
    public static void Configure(ItsServerOptions options)
    {
        options.Limits.HostedMemoryBytesMax = HostedBytesMax;
        options.Limits.HostedMemoryBytesPerVmMax = HostedBytesMax;
        options.Limits.MsiBatchRecordsMax = RecordsMax;
        options.Limits.MessageBytesMax = 64 << 20;
        options.Limits.MemoryAnswerMillisecondsMax = 3000;
        options.Limits.VmsMax = VmsMax;
    }

    public async Task StartAsync()
    {
        await StartInVmsAsync();
        await RefuseRestoresAsync();
        await FaultAVmAndSaveItAsync();
        await AnswerLateAsync();
        await AnswerNeverAsync();
        await InjectTooMuchAtOnceAsync();
        await HoldAGateAsync();
        await AcknowledgeLateAsync();
        await FillHostedMemoryAsync();
        await ReachALimitAsync();
    }

    /// <summary>Only what a dashboard of one VM has a panel for.</summary>
    public async Task StartInVmsAsync()
    {
        await StallAQueueAsync();
        await LoseLpisAsync();
        await CallAPausedVmAsync();
        await AttachAgainAndAgainAsync();
        await ReadNoAnswersAsync();
    }

    private async Task StallAQueueAsync()
    {
        var spec = Guest.Spec();
        spec.CommandErrorPolicy = CommandErrorPolicy.Stall;
        var vm = await Guest.BootAsync(Client, "stalled", spec);
        await vm.Commands(Its).Discard(Guest.Device, new EventId(99)).SubmitAsync().WaitAsync(TestTimeout.Limit);
    }

    private async Task RefuseRestoresAsync()
    {
        var vm = await Guest.CreateAsync(Client, "refused");
        await vm.PauseAsync().WaitAsync(TestTimeout.Limit);
        loops.Start("restores", Pause, _ => RefusedAsync(vm.RestoreAsync(new byte[100])));
    }

    private async Task FaultAVmAndSaveItAsync()
    {
        var vm = await Guest.CreateAsync(Client, "faulted");
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(
            () => service.Host(vm).EnterAsync<Mishap, Done>(default, CancellationToken.None).AsTask());
        loops.Start("saves", Pause, _ => RefusedAsync(vm.SaveAsync()));
    }

    // Its pending table is no memory, which shows when it is to be written.
    private async Task LoseLpisAsync()
    {
        const ulong IsZeroed = 1UL << 62;
        const ulong Nowhere = 0x9000_0000;
        var vm = await Guest.BootAsync(Client, "lost");
        await WriteAsync(vm, "GICR_CTLR", 0);
        loops.Start("lost LPIs", FloodPause, async _ =>
        {
            await WriteAsync(vm, "GICR_PENDBASER", IsZeroed | Nowhere);
            await WriteAsync(vm, "GICR_CTLR", 1);
            await vm.SignalMsiAsync(Its, Guest.Device, new EventId(0), loops.Ending);
            await WriteAsync(vm, "GICR_CTLR", 0);
        });
    }

    private async Task AttachAgainAndAgainAsync()
    {
        var vm = await Guest.CreateAsync(Client, "restless");
        loops.Start("attaches", FloodPause, async _ =>
        {
            await using var session = await vm.AttachAsync(cancellationToken: loops.Ending);
        });
    }

    private async Task ReadNoAnswersAsync()
    {
        var vm = await Guest.CreateAsync(Client, "unread");
        loops.Start("answers that nobody reads", Pause, _ => DeafSender.SendAsync(service, vm, loops.Ending));
    }

    private async Task AnswerLateAsync()
    {
        var ram = new GuestRam();
        var vm = await Guest.CreateAsync(Client, "late", RemoteSpec());
        _ = vm.ServeMemoryAsync(ram, loops.Ending);
        ram.Delay = OverMemoryBudget;
        loops.Start("late memory", Pause, _ => vm.ReadMemoryAsync(Guest.Data, 4, loops.Ending));
    }

    private async Task AnswerNeverAsync()
    {
        var vm = await Guest.CreateAsync(Client, "unanswered", RemoteSpec());
        loops.Start("memory of nobody", Pause, _ => RefusedAsync(vm.ReadMemoryAsync(Guest.Data, 4)));
    }

    // As many as the limit lets through take longer than a batch may, and most of them reach nobody.
    private async Task InjectTooMuchAtOnceAsync()
    {
        var vm = await Guest.BootAsync(Client, "flooded");
        var records = Enumerable.Range(0, RecordsMax)
            .Select(number => new MsiRecord(Guest.Device, new EventId((uint)number % 4))).ToArray();
        var stream = await vm.InjectMsisAsync().WaitAsync(TestTimeout.Limit);
        loops.Start("flood", FloodPause, _ => stream.SendAsync(Its, records, loops.Ending).AsTask());
    }

    private async Task HoldAGateAsync()
    {
        var vm = await Guest.BootAsync(Client, "held");
        loops.Start("gate", Pause, async _ =>
        {
            await using (await HeldGate.HoldAsync(service.Host(vm)))
            {
                await Task.Delay(OverQueueBudget, loops.Ending);
            }
        });
        loops.Start("messages to it", Pause, _ =>
            vm.SignalMsiAsync(Its, Guest.Device, new EventId(0), loops.Ending));
    }

    private async Task AcknowledgeLateAsync()
    {
        var vm = await Guest.BootAsync(Client, "tardy");
        loops.Start("late vCPU", TimeSpan.Zero, async _ =>
        {
            var vcpu = new VcpuIndex(0);
            await vm.SignalMsiAsync(Its, Guest.Device, new EventId(0), loops.Ending);
            await Task.Delay(OverAcknowledgeBudget, loops.Ending);
            var taken = await vm.ReadSystemRegisterAsync(vcpu, SystemRegisterId.IccIar1, loops.Ending);
            await vm.WriteSystemRegisterAsync(vcpu, SystemRegisterId.IccEoir1, taken.Value, loops.Ending);
        });
    }

    private async Task CallAPausedVmAsync()
    {
        const int Calls = 80;
        var vm = await Guest.BootAsync(Client, "forgotten");
        await vm.PauseAsync().WaitAsync(TestTimeout.Limit);
        for (var number = 0; number < Calls; number++)
        {
            _ = vm.SignalMsiAsync(Its, Guest.Device, new EventId(0), loops.Ending)
                .ContinueWith(call => call.Exception, TaskScheduler.Default);
        }
    }

    private async Task FillHostedMemoryAsync()
    {
        const ulong PageBytes = 4096;
        var spec = Guest.Spec();
        spec.MemoryRegions[0].SizeBytes = 2 * HostedBytesMax;
        var vm = await Guest.CreateAsync(Client, "large", spec);
        try
        {
            for (var page = 0UL; page < 2 * HostedBytesMax / PageBytes; page++)
            {
                await vm.WriteMemoryAsync(new GuestAddress(Guest.Ram + (page * PageBytes)), new byte[] { 1 })
                    .WaitAsync(TestTimeout.Limit);
            }
        }
        catch (ItsServiceException refusal) when (refusal.StatusCode == Grpc.Core.StatusCode.ResourceExhausted)
        {
            // It is full.
        }
    }

    private async Task ReachALimitAsync()
    {
        var refused = false;
        for (var number = 0; number < VmsMax && !refused; number++)
        {
            refused = await IsRefusedAsync();
        }

        Assert.True(refused);
        loops.Start("one VM too many", Pause, async _ => Assert.True(await IsRefusedAsync()));

        async Task<bool> IsRefusedAsync()
        {
            try
            {
                await Client.CreateVmAsync("", Guest.Spec()).WaitAsync(TestTimeout.Limit);
                return false;
            }
            catch (ItsServiceException refusal) when (refusal.StatusCode == Grpc.Core.StatusCode.ResourceExhausted)
            {
                return true;
            }
        }
    }

    private static VmSpec RemoteSpec()
    {
        var spec = Guest.Spec();
        spec.MemoryRegions[0].Remote = new RemoteMemory();
        return spec;
    }

    private static Task<WriteRegisterResponse> WriteAsync(VmHandle vm, string register, ulong value) =>
        vm.WriteRegisterAsync(RegisterPlace.Named(register), value).WaitAsync(TestTimeout.Limit);

    private static Task<ItsServiceException> RefusedAsync(Task call) =>
        Assert.ThrowsAsync<ItsServiceException>(() => call.WaitAsync(TestTimeout.Limit));

    private readonly struct Mishap : IVmOperation<Done>
    {
        public Done Run(VmContent vm) => throw new InvalidOperationException("two and two are five");
    }
}
