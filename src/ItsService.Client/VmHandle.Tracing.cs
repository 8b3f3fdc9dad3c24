using System.Runtime.CompilerServices;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <content>What happens in the VM, event by event.</content>
public sealed partial class VmHandle
{
    /// <summary>
    /// What happens in the VM from now on. The first message has no events: once it is there nothing is missed. The VM
    /// does not wait for who reads slowly; each message counts what was dropped before it. It goes on until it is
    /// cancelled or the VM is deleted.
    /// </summary>
    /// <param name="filters">Which events; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ItsServiceException">
    /// The VM is not there any more, a filter names what it does not have, as many trace it as may, or the service is
    /// not reached.
    /// </exception>
    public async IAsyncEnumerable<TraceResponse> TraceAsync(
        TraceFilters? filters = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = (filters ?? new TraceFilters()).ToRequest(Name);
        var call = _connection.Inspect.Trace(request, cancellationToken: cancellationToken);
        await foreach (var news in _connection.AnswersAsync(call, cancellationToken))
        {
            yield return news;
        }
    }
}
