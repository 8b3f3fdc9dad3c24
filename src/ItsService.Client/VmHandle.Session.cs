namespace ItsService.Client;

/// <content>Attaching to it.</content>
public sealed partial class VmHandle
{
    /// <summary>
    /// Attaches a VMM: one stream that carries its accesses, levels and messages, and tells lines as they change. It
    /// connects again by itself when its connection is lost, within the VM's lease, and each request is executed
    /// exactly once. One session a VM: a second is refused.
    /// </summary>
    /// <param name="options">What can be chosen; null takes the defaults.</param>
    /// <param name="cancellationToken">Ends the wait for the session, and nothing later.</param>
    /// <exception cref="ItsServiceException">The service refused it, or no service was reached.</exception>
    public Task<VmmSession> AttachAsync(
        VmmSessionOptions? options = null,
        CancellationToken cancellationToken = default) =>
        VmmSession.BeginAsync(_connection, Name, options ?? new VmmSessionOptions(), cancellationToken);
}
