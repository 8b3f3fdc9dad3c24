using System.Runtime.CompilerServices;
using ItsService.Client.Identifiers;
using ItsService.Client.Injection;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <content>What devices do: messages and lines.</content>
public sealed partial class VmHandle
{
    /// <summary>Sends a message straight to an ITS. When this returns, its LPI is pending or it was dropped.</summary>
    public Task<SignalMsiResponse> SignalMsiAsync(
        ItsIndex its,
        DeviceId device,
        EventId eventId,
        CancellationToken cancellationToken = default)
    {
        var message = new ItsMsi { Its = its.Value, DeviceId = device.Value, EventId = eventId.Value };
        return SignalAsync(new SignalMsiRequest { Vm = Name.Value, Its = message }, cancellationToken);
    }

    /// <summary>Sends a message as a device does, by the address that it writes.</summary>
    public Task<SignalMsiResponse> SignalMsiAsync(
        GuestAddress doorbell,
        DeviceId device,
        EventId eventId,
        CancellationToken cancellationToken = default)
    {
        var message = new DoorbellMsi { Address = doorbell.Value, Data = eventId.Value, DeviceId = device.Value };
        return SignalAsync(new SignalMsiRequest { Vm = Name.Value, Doorbell = message }, cancellationToken);
    }

    /// <summary>
    /// Sets lines of devices, in order and at one moment; all are checked before any is set. When this returns, what
    /// came of them is in force: high and low again in one call is an edge. For a VMM with a session,
    /// <see cref="VmmSession.SetLevelsAsync"/> is faster, and alone hears of the ends that <c>notify_at_eoi</c> wants.
    /// </summary>
    /// <param name="levels">
    /// PPIs (16..31, with their vCPU) and SPIs (32 on), at most <c>ServerLimits.batch_accesses_max</c>.
    /// </param>
    /// <param name="cancellationToken">Ends the wait. What has begun takes effect.</param>
    /// <exception cref="ItsServiceException">One of them has no line in this VM; none is set.</exception>
    public Task<SetLevelsResponse> SetLevelsAsync(
        IEnumerable<LineLevel> levels,
        CancellationToken cancellationToken = default)
    {
        var request = new SetLevelsRequest { Vm = Name.Value };
        request.Levels.AddRange(levels);
        return _connection.AnswerAsync(
            _connection.Interrupts.SetLevelsAsync(request, _connection.Options(cancellationToken)),
            cancellationToken);
    }

    /// <summary>Opens a stream for many messages.</summary>
    /// <param name="options">What can be chosen; null for none of it.</param>
    /// <param name="cancellationToken">Ends the opening, and not the stream that was opened.</param>
    /// <exception cref="ItsServiceException">The service refuses it, or is not reached.</exception>
    public Task<MsiInjector> InjectMsisAsync(
        MsiInjectorOptions? options = null,
        CancellationToken cancellationToken = default) =>
        MsiInjector.OpenAsync(_connection, Name, options ?? new MsiInjectorOptions(), cancellationToken);

    /// <summary>
    /// The lines of the VM's vCPUs: first all that are watched, then those that have changed, of each the last state.
    /// It goes on until it is cancelled or the VM is deleted.
    /// </summary>
    /// <param name="vcpus">Which vCPUs; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ItsServiceException">The VM is not there any more, or the service is not reached.</exception>
    public async IAsyncEnumerable<IReadOnlyList<VcpuLine>> WatchVcpusAsync(
        IEnumerable<VcpuIndex>? vcpus = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new WatchVcpusRequest { Vm = Name.Value };
        request.Vcpus.AddRange(vcpus?.Select(vcpu => vcpu.Value) ?? []);
        var call = _connection.Interrupts.WatchVcpus(request, cancellationToken: cancellationToken);
        await foreach (var answer in _connection.AnswersAsync(call, cancellationToken))
        {
            yield return answer.Lines;
        }
    }

    private Task<SignalMsiResponse> SignalAsync(SignalMsiRequest request, CancellationToken cancellationToken) =>
        _connection.AnswerAsync(
            _connection.Interrupts.SignalMsiAsync(request, _connection.Options(cancellationToken)),
            cancellationToken);
}
