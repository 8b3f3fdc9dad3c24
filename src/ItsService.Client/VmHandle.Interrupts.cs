using ItsService.Client.Identifiers;
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

    private Task<SignalMsiResponse> SignalAsync(SignalMsiRequest request, CancellationToken cancellationToken) =>
        _connection.AnswerAsync(
            _connection.Interrupts.SignalMsiAsync(request, _connection.Options(cancellationToken)),
            cancellationToken);
}
