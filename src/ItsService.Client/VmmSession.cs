using ItsService.Client.Identifiers;
using ItsService.Client.Sessions;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>
/// A VMM's session with its VM: requests go out in the order in which they are made here, are executed in that order,
/// exactly once, and are answered in that order. It may be used from many threads. What it throws:
/// <see cref="ItsServiceException"/> for a request that the service refuses, which leaves the session as it is;
/// <see cref="VmmSessionEndedException"/> when the session is no more.
/// </summary>
/// <remarks>
/// The synchronous calls are for threads of the VMM's own, such as one for each vCPU: they block the thread until the
/// answer is there, which is long while the VM is Paused. An asynchronous call that is cancelled is executed
/// nevertheless; only its answer is left to nobody.
/// </remarks>
/// <example>
/// <code>
/// await using var session = await vm.AttachAsync(new VmmSessionOptions { LineChanged = line => Kick(line.Vcpu) });
/// var value = session.ReadRegister(RegisterPlace.At(new GuestAddress(0x8000008)), AccessSize.Word);
/// var intId = session.ReadSystemRegister(new VcpuIndex(0), SystemRegisterId.IccIar1);
/// </code>
/// </example>
public sealed partial class VmmSession : IDisposable, IAsyncDisposable
{
    private static readonly TimeSpan DetachTimeMax = TimeSpan.FromSeconds(5);

    private readonly SessionRequests _requests;
    private readonly SessionRunner _runner;
    private readonly SessionNews _news;

    private VmmSession(SessionRequests requests, SessionNews news, SessionRunner runner)
    {
        _requests = requests;
        _news = news;
        _runner = runner;
    }

    /// <summary>The VM's name.</summary>
    public VmName Vm => _runner.Vm;

    /// <summary>Tells the VM from one of the same name that was there before or comes later.</summary>
    public string VmUid => _runner.Terms.VmUid;

    /// <summary>How long the session outlives its connection; null for ever.</summary>
    public TimeSpan? Lease => _runner.Lease;

    /// <summary>How many vCPUs the VM has.</summary>
    public int VcpuCount => _news.VcpuCount;

    /// <summary>The lines of all vCPUs, by index, as they were last told. A copy.</summary>
    public IReadOnlyList<VcpuLine> Lines => _news.Lines;

    /// <summary>Ends with the session, and then always with a <see cref="VmmSessionEndedException"/>.</summary>
    public Task Ended => _requests.Ended;

    /// <summary>The line of one vCPU as it was last told. Makes no call.</summary>
    public VcpuLine Line(VcpuIndex vcpu) => _news.Line(vcpu);

    /// <summary>Reads a memory-mapped register as a guest's load of that size does.</summary>
    public ulong ReadRegister(RegisterPlace place, AccessSize size) =>
        Send(VmmRequests.Read(place, size)).Value;

    /// <summary>Writes a memory-mapped register as a guest's store of that size does.</summary>
    /// <param name="place">Which.</param>
    /// <param name="size">How much of it.</param>
    /// <param name="value">What.</param>
    /// <param name="device">Who writes, where it is a device. It matters to GITS_TRANSLATER alone.</param>
    /// <returns>What became of the message, where it was one.</returns>
    public SignalMsiResult? WriteRegister(
        RegisterPlace place,
        AccessSize size,
        ulong value,
        DeviceId? device = null) => Send(VmmRequests.Write(place, size, value, device)).Done.Msi;

    /// <summary>Reads a system register of a vCPU's CPU interface. ICC_IAR1_EL1 acknowledges an interrupt.</summary>
    public ulong ReadSystemRegister(VcpuIndex vcpu, SystemRegisterId register) =>
        Send(VmmRequests.Read(vcpu, register)).Value;

    /// <summary>Writes a system register of a vCPU's CPU interface.</summary>
    public void WriteSystemRegister(VcpuIndex vcpu, SystemRegisterId register, ulong value) =>
        Send(VmmRequests.Write(vcpu, register, value));

    /// <summary>Sets the levels of SPIs and PPIs, all or none.</summary>
    public void SetLevels(params IEnumerable<LineLevel> levels) => Send(VmmRequests.Levels(levels));

    /// <summary>Sends a message straight to an ITS.</summary>
    public SignalMsiResult SignalMsi(ItsIndex its, DeviceId device, EventId eventId) =>
        Send(VmmRequests.Message(its, device, eventId)).Msis.Results[0];

    /// <summary>Sends a message as a device does, by the address that it writes.</summary>
    public SignalMsiResult SignalMsi(GuestAddress doorbell, DeviceId device, EventId eventId) =>
        Send(VmmRequests.Message(doorbell, device, eventId)).Msis.Results[0];

    /// <summary>
    /// Sends a request of any kind. Its sequence number is given here, and it is not to be changed afterwards.
    /// </summary>
    public VmmAnswer Send(VmmRequest request)
    {
        _news.RefuseInCallback();

        // To block on a task tells the thread pool, should this be one of its threads.
        return VmmRequests.Checked(_requests.Add(request).GetAwaiter().GetResult());
    }

    /// <summary>
    /// Ends the session: requests that were made are answered first. The VM stays, and may be attached anew at once.
    /// </summary>
    public async Task DetachAsync()
    {
        _requests.Detach();
        try
        {
            await Ended.ConfigureAwait(false);
        }
        catch (VmmSessionEndedException end) when (end.Cause == VmmSessionEnd.Detached)
        {
            // As it was meant to.
        }
    }

    /// <summary>
    /// Closes the connection without a word: the VM waits for the VMM as long as the lease says.
    /// </summary>
    public void Dispose() => _runner.Dispose();

    /// <summary>Detaches, if that can be done in a few seconds; else as <see cref="Dispose"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!Ended.IsCompleted)
        {
            await DetachAsync().WaitAsync(DetachTimeMax).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Dispose();
        await _runner.Completion.ConfigureAwait(false);
    }

    internal static async Task<VmmSession> BeginAsync(
        ServiceConnection connection, VmName vm, VmmSessionOptions options, CancellationToken cancellationToken)
    {
        var limits = await connection.LimitsAsync(cancellationToken).ConfigureAwait(false);
        var requests = new SessionRequests((long)Math.Min(limits.MessageBytesMax, int.MaxValue));
        var news = new SessionNews(options);
        var runner = new SessionRunner(connection, vm, options, requests, news);
        try
        {
            await runner.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            runner.Dispose();
            throw;
        }

        return new VmmSession(requests, news, runner);
    }
}
