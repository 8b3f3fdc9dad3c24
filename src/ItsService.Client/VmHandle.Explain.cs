using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <content>Why an interrupt did not arrive.</content>
public sealed partial class VmHandle
{
    /// <summary>
    /// The whole way of a device's event, with every value as the controller sees it, and the first reason why no vCPU
    /// has taken it. Nothing is changed by it, in whatever state the VM is.
    /// </summary>
    /// <exception cref="ItsServiceException">There is no such ITS.</exception>
    public Task<ExplainResponse> ExplainAsync(
        ItsIndex its,
        DeviceId device,
        EventId eventId,
        CancellationToken cancellationToken = default)
    {
        var message = new EventToExplain { Its = its.Value, DeviceId = device.Value, EventId = eventId.Value };
        return ExplainAsync(new ExplainRequest { Vm = Name.Value, Event = message }, cancellationToken);
    }

    /// <summary>The same of an LPI, SPI, PPI or SGI.</summary>
    /// <param name="intId">Its number.</param>
    /// <param name="vcpu">Whose PPI or SGI, or null for that of vCPU 0; null for others.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ItsServiceException">There is no such interrupt, or no such vCPU.</exception>
    public Task<ExplainResponse> ExplainAsync(
        IntId intId,
        VcpuIndex? vcpu = null,
        CancellationToken cancellationToken = default)
    {
        var asked = new IntIdToExplain { IntId = intId.Value };
        if (vcpu is { } whose)
        {
            asked.Vcpu = whose.Value;
        }

        return ExplainAsync(new ExplainRequest { Vm = Name.Value, IntId = asked }, cancellationToken);
    }

    private Task<ExplainResponse> ExplainAsync(ExplainRequest request, CancellationToken cancellationToken) =>
        _connection.AnswerAsync(
            _connection.Inspect.ExplainAsync(request, _connection.Options(cancellationToken)), cancellationToken);
}
