using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.VmmPrototype.InterruptController;

/// <summary>
/// The service's interrupt controller, over a session: requests in order on one stream, done once whatever becomes of
/// the connection, and lines that come with the answers or by themselves.
/// </summary>
internal sealed class ServiceController : IInterruptController, IAsyncDisposable
{
    private readonly VmmSession _session;

    private ServiceController(VmmSession session, InterruptLines lines)
    {
        _session = session;
        Lines = lines;
        Lines.Update(session.Lines);
    }

    public InterruptLines Lines { get; }

    /// <summary>Attaches to the VM.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="lines">Its vCPUs' lines, which are brought up to date.</param>
    /// <param name="memory">The guest's RAM, where the service asks for it; null where it has the bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<ServiceController> AttachAsync(
        VmHandle vm, InterruptLines lines, IGuestMemoryProvider? memory, CancellationToken cancellationToken)
    {
        var session = await vm.AttachAsync(
            new VmmSessionOptions { LineChanged = line => lines.Update([line]), Memory = memory }, cancellationToken);
        return new ServiceController(session, lines);
    }

    public ulong ReadRegister(ulong address, int sizeBytes) =>
        _session.ReadRegister(RegisterPlace.At(new GuestAddress(address)), new AccessSize((uint)sizeBytes));

    public void WriteRegister(ulong address, int sizeBytes, ulong value) =>
        _session.WriteRegister(RegisterPlace.At(new GuestAddress(address)), new AccessSize((uint)sizeBytes), value);

    public ulong ReadSystemRegister(int vcpu, uint encoding) =>
        _session.ReadSystemRegister(new VcpuIndex((uint)vcpu), SystemRegisterId.FromEncoding(encoding));

    public void WriteSystemRegister(int vcpu, uint encoding, ulong value) =>
        _session.WriteSystemRegister(new VcpuIndex((uint)vcpu), SystemRegisterId.FromEncoding(encoding), value);

    public void SetLevels(IReadOnlyList<WireLevel> levels) => _session.SetLevels(levels.Select(ToMessage));

    public MsiOutcome SignalMsi(ulong address, uint data, uint requesterId) =>
        _session.SignalMsi(new GuestAddress(address), new DeviceId(requesterId), new EventId(data)).Outcome;

    /// <summary>Lets whoever waits for an answer go. On any thread.</summary>
    public void Abandon() => _session.Dispose();

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private static LineLevel ToMessage(WireLevel level)
    {
        var message = new LineLevel { IntId = level.IntId, Asserted = level.IsAsserted };
        if (level.Vcpu is { } vcpu)
        {
            message.Vcpu = (uint)vcpu;
        }

        return message;
    }
}
