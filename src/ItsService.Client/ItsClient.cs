using System.Runtime.CompilerServices;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>
/// A connection to one ItsService. It connects with the first call, may be used from many threads, and never makes a
/// call a second time by itself.
/// </summary>
/// <example>
/// <code>
/// using var client = ItsClient.Connect("http://127.0.0.1:7400");
/// var vm = await client.CreateVmAsync("guest-7", spec);
/// var result = await vm.SignalMsiAsync(new ItsIndex(0), new DeviceId(0x28), new EventId(0));
/// </code>
/// </example>
public sealed class ItsClient : IDisposable, IAsyncDisposable
{
    private readonly ServiceConnection _connection;

    private ItsClient(ServiceConnection connection)
    {
        _connection = connection;
        Checkpoints = new CheckpointStore(connection);
    }

    /// <summary>The server that this client calls.</summary>
    public ServerAddress Server => _connection.Server;

    /// <summary>The checkpoints that the server keeps.</summary>
    public CheckpointStore Checkpoints { get; }

    /// <summary>Prepares a connection to "http://host:port" or "unix:PATH".</summary>
    /// <exception cref="FormatException">The address is of no known form.</exception>
    public static ItsClient Connect(string server) => Connect(ServerAddress.Parse(server), new ItsClientOptions());

    /// <summary>Prepares a connection.</summary>
    public static ItsClient Connect(ServerAddress server, ItsClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(options);
        return new ItsClient(new ServiceConnection(server, options));
    }

    /// <summary>The VM of that name ("vms/guest-7" or "guest-7"). This makes no call: it need not exist.</summary>
    public VmHandle Vm(string nameOrId) => Vm(new VmName(nameOrId));

    /// <summary>The VM of that name. This makes no call: it need not exist.</summary>
    public VmHandle Vm(VmName name) => new(_connection, name);

    /// <summary>Creates a VM that runs.</summary>
    /// <param name="vmId">The last part of its name; empty lets the server choose one.</param>
    /// <param name="spec">Its shape.</param>
    /// <param name="cancellationToken">Ends the wait; a call that reached the VM has taken effect nevertheless.</param>
    public Task<VmHandle> CreateVmAsync(string vmId, VmSpec spec, CancellationToken cancellationToken = default) =>
        CreateVmAsync(new CreateVmRequest { VmId = vmId, Spec = spec }, cancellationToken);

    /// <summary>Creates a VM, Running or Paused as the request says.</summary>
    public async Task<VmHandle> CreateVmAsync(CreateVmRequest request, CancellationToken cancellationToken = default)
    {
        var call = _connection.VirtualMachines.CreateVmAsync(request, _connection.Options(cancellationToken));
        var vm = await _connection.AnswerAsync(call, cancellationToken);
        return Vm(vm.Name);
    }

    /// <summary>All VMs of the server, ordered by name.</summary>
    public async IAsyncEnumerable<Vm> ListVmsAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var pageToken = "";
        do
        {
            var request = new ListVmsRequest { PageToken = pageToken };
            var call = _connection.VirtualMachines.ListVmsAsync(request, _connection.Options(cancellationToken));
            var page = await _connection.AnswerAsync(call, cancellationToken);
            foreach (var vm in page.Vms)
            {
                yield return vm;
            }

            pageToken = page.NextPageToken;
        }
        while (pageToken.Length > 0);
    }

    /// <summary>The server's version, profiles, limits and features.</summary>
    public Task<ServerInfo> GetServerInfoAsync(CancellationToken cancellationToken = default) =>
        _connection.AnswerAsync(
            _connection.VirtualMachines.GetServerInfoAsync(
                new GetServerInfoRequest(),
                _connection.Options(cancellationToken)),
            cancellationToken);

    /// <summary>
    /// What VMs do and how fast: at once, and then again and again until it is cancelled or, of one VM, that is
    /// deleted.
    /// </summary>
    /// <param name="interval">From one message to the next: 0.1 to 60 seconds.</param>
    /// <param name="vm">The only VM; null for all.</param>
    /// <param name="vmsMax">The most VMs in one message, 1..1000; those that do most come first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ItsServiceException">The service refuses it, or is not reached.</exception>
    public async IAsyncEnumerable<WatchActivityResponse> WatchActivityAsync(
        TimeSpan interval,
        VmName? vm = null,
        int vmsMax = 100,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new WatchActivityRequest
        {
            IntervalMs = (uint)Math.Clamp(interval.TotalMilliseconds, 1, uint.MaxValue),
            Vm = vm?.Value ?? "",
            VmsMax = (uint)Math.Max(1, vmsMax),
        };
        var call = _connection.Inspect.WatchActivity(request, cancellationToken: cancellationToken);
        await foreach (var answer in _connection.AnswersAsync(call, cancellationToken))
        {
            yield return answer;
        }
    }

    /// <summary>Closes the connection. Calls that wait end with a cancellation.</summary>
    public void Dispose() => _connection.Dispose();

    /// <summary>Closes the connection. Calls that wait end with a cancellation.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
