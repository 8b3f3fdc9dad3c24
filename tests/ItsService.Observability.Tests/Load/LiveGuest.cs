using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Client.Injection;
using ItsService.Protocol.V1;

namespace ItsService.Observability.Tests.Load;

/// <summary>
/// A guest whose VMM is attached and answers for its RAM: messages come by calls, on a stream and on the session, vCPUs
/// take their interrupts, commands run, and now and then there is a mistake.
/// </summary>
internal sealed class LiveGuest : IAsyncDisposable
{
    private const int RecordsPerBatch = 32;
    private static readonly ItsIndex Its = new(0);
    private static readonly EventId Unmapped = new(99);
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Seldom = TimeSpan.FromMilliseconds(200);

    private readonly VmHandle _vm;
    private readonly VmmSession _session;
    private readonly MsiInjector _stream;

    private LiveGuest(VmHandle vm, VmmSession session, MsiInjector stream)
    {
        _vm = vm;
        _session = session;
        _stream = stream;
    }

    /// <summary>"vms/{id}".</summary>
    public string Name => _vm.Name.Value;

    public static async Task<LiveGuest> BootAsync(ItsClient client, string id, GuestRam ram)
    {
        var spec = Guest.Spec();
        spec.MemoryRegions[0].Remote = new RemoteMemory();
        var vm = await Guest.CreateAsync(client, id, spec);
        var session = await vm.AttachAsync(new VmmSessionOptions { Memory = ram }).WaitAsync(TestTimeout.Limit);
        await Guest.SetUpAsync(vm);
        while ((await vm.ReadRegisterAsync(RegisterPlace.Named("GITS_CREADR")).WaitAsync(TestTimeout.Limit)).Value
            != Guest.BootCommandsSizeBytes)
        {
            await Task.Delay(1);
        }

        return new LiveGuest(vm, session, await vm.InjectMsisAsync().WaitAsync(TestTimeout.Limit));
    }

    public void Start(Loops loops)
    {
        loops.Start("unary", Often, number => _vm.SignalMsiAsync(Its, Guest.Device, EventOf(number), loops.Ending));
        loops.Start("session", Often, number =>
            _session.SignalMsiAsync(Its, Guest.Device, EventOf(number), loops.Ending));
        loops.Start("stream", Often, number => _stream.SendAsync(Its, Batch(), loops.Ending).AsTask());
        loops.Start("vCPUs", TimeSpan.FromMilliseconds(5), _ => TakeAsync(loops.Ending));
        loops.Start("commands", Seldom, number => CommandAsync(number, loops.Ending));
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await _session.DisposeAsync();
    }

    // One of fifty is a mistake: so few that no alert asks for somebody.
    private static EventId EventOf(int number) => number % 50 == 49 ? Unmapped : new EventId((uint)number % 2);

    private static MsiRecord[] Batch() =>
        [.. Enumerable.Range(0, RecordsPerBatch).Select(number => new MsiRecord(Guest.Device, EventOf(number)))];

    private async Task TakeAsync(CancellationToken ending)
    {
        for (var vcpu = 0u; vcpu < 2; vcpu++)
        {
            var index = new VcpuIndex(vcpu);
            var taken = await _session.ReadSystemRegisterAsync(index, SystemRegisterId.IccIar1, ending);
            if (taken is >= Guest.Lpi and < Guest.Lpi + 2)
            {
                await _session.WriteSystemRegisterAsync(index, SystemRegisterId.IccEoir1, taken, ending);
            }
        }
    }

    private Task<CommandResults> CommandAsync(int number, CancellationToken ending)
    {
        var commands = _vm.Commands(Its).Inv(Guest.Device, new EventId(0)).Sync(RdBase.Of(new VcpuIndex(0)));
        return (number % 4 == 3 ? commands.Discard(Guest.Device, Unmapped) : commands).SubmitAsync(ending);
    }
}
