using ItsService.Client.Identifiers;
using ItsService.Client.Sessions;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <content>The same calls for who does not want to block; many may be on their way at once.</content>
public sealed partial class VmmSession
{
    /// <summary>As <see cref="ReadRegister"/>.</summary>
    public async Task<ulong> ReadRegisterAsync(
        RegisterPlace place,
        AccessSize size,
        CancellationToken cancellationToken = default) =>
        (await SendAsync(VmmRequests.Read(place, size), cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>As <see cref="WriteRegister"/>.</summary>
    public async Task<SignalMsiResult?> WriteRegisterAsync(
        RegisterPlace place,
        AccessSize size,
        ulong value,
        DeviceId? device = null,
        CancellationToken cancellationToken = default)
    {
        var request = VmmRequests.Write(place, size, value, device);
        return (await SendAsync(request, cancellationToken).ConfigureAwait(false)).Done.Msi;
    }

    /// <summary>As <see cref="ReadSystemRegister"/>.</summary>
    public async Task<ulong> ReadSystemRegisterAsync(
        VcpuIndex vcpu,
        SystemRegisterId register,
        CancellationToken cancellationToken = default) =>
        (await SendAsync(VmmRequests.Read(vcpu, register), cancellationToken).ConfigureAwait(false)).Value;

    /// <summary>As <see cref="WriteSystemRegister"/>.</summary>
    public Task WriteSystemRegisterAsync(
        VcpuIndex vcpu,
        SystemRegisterId register,
        ulong value,
        CancellationToken cancellationToken = default) =>
        SendAsync(VmmRequests.Write(vcpu, register, value), cancellationToken);

    /// <summary>As <see cref="SetLevels"/>.</summary>
    public Task SetLevelsAsync(IEnumerable<LineLevel> levels, CancellationToken cancellationToken = default) =>
        SendAsync(VmmRequests.Levels(levels), cancellationToken);

    /// <summary>As <see cref="SignalMsi(ItsIndex, DeviceId, EventId)"/>.</summary>
    public async Task<SignalMsiResult> SignalMsiAsync(
        ItsIndex its,
        DeviceId device,
        EventId eventId,
        CancellationToken cancellationToken = default)
    {
        var request = VmmRequests.Message(its, device, eventId);
        return (await SendAsync(request, cancellationToken).ConfigureAwait(false)).Msis.Results[0];
    }

    /// <summary>As <see cref="SignalMsi(GuestAddress, DeviceId, EventId)"/>.</summary>
    public async Task<SignalMsiResult> SignalMsiAsync(
        GuestAddress doorbell,
        DeviceId device,
        EventId eventId,
        CancellationToken cancellationToken = default)
    {
        var request = VmmRequests.Message(doorbell, device, eventId);
        return (await SendAsync(request, cancellationToken).ConfigureAwait(false)).Msis.Results[0];
    }

    /// <summary>As <see cref="Send"/>.</summary>
    public async Task<VmmAnswer> SendAsync(VmmRequest request, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return VmmRequests.Checked(
            await _requests.Add(request).WaitAsync(cancellationToken).ConfigureAwait(false));
    }
}
