using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Client;
using ItsService.Client.Wire;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>The channel to one server with the stubs on it, and the one place where calls are awaited.</summary>
internal sealed class ServiceConnection : IDisposable
{
    // The largest that may be set. An answer of less than an eighth of it needs no update of its window. Kestrel may
    // lose the answer to the next call on a connection when such an update comes in behind the end of an answer:
    // https://github.com/dotnet/aspnetcore/issues/53736
    private const int AnswerWindowBytes = 16 << 20;

    private static readonly TimeSpan KeepAlivePingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan KeepAlivePingTimeout = TimeSpan.FromSeconds(20);

    private readonly GrpcChannel _channel;
    private readonly CallInvoker _invoker;
    private readonly TimeSpan? _callTimeout;
    private ServerLimits? _limits;
    private volatile bool _isDisposed;

    public ServiceConnection(ServerAddress server, ItsClientOptions options)
    {
        Server = server;
        _callTimeout = options.CallTimeout;
        _channel = GrpcChannel.ForAddress(server.Uri, new GrpcChannelOptions
        {
            HttpHandler = new GatheringHandler(CreateHandler(server, options), EncodedInjection.Method),
            DisposeHttpClient = true,
            LoggerFactory = options.LoggerFactory,
            // The server's own limits apply in both directions; a second set here would only disagree with them.
            MaxReceiveMessageSize = null,
            MaxSendMessageSize = null,
        });
        _invoker = _channel.CreateCallInvoker();
        VirtualMachines = new VirtualMachines.VirtualMachinesClient(_channel);
        Registers = new Registers.RegistersClient(_channel);
        Interrupts = new Interrupts.InterruptsClient(_channel);
        Commands = new Commands.CommandsClient(_channel);
        GuestMemory = new GuestMemory.GuestMemoryClient(_channel);
        Inspect = new Inspect.InspectClient(_channel);
        DeviceAttributes = new DeviceAttributes.DeviceAttributesClient(_channel);
        State = new State.StateClient(_channel);
        Vmm = new Vmm.VmmClient(_channel);
    }

    public ServerAddress Server { get; }

    public VirtualMachines.VirtualMachinesClient VirtualMachines { get; }

    public Registers.RegistersClient Registers { get; }

    public Interrupts.InterruptsClient Interrupts { get; }

    public Commands.CommandsClient Commands { get; }

    public GuestMemory.GuestMemoryClient GuestMemory { get; }

    public Inspect.InspectClient Inspect { get; }

    public DeviceAttributes.DeviceAttributesClient DeviceAttributes { get; }

    public State.StateClient State { get; }

    public Vmm.VmmClient Vmm { get; }

    public void Dispose()
    {
        _isDisposed = true;
        _channel.Dispose();
    }

    /// <summary>For a unary call.</summary>
    public CallOptions Options(CancellationToken cancellationToken) =>
        new(deadline: DateTime.UtcNow + _callTimeout, cancellationToken: cancellationToken);

    /// <summary>Registers.Batch, with messages that are encoded and decoded where they lie.</summary>
    public AsyncUnaryCall<BatchAnswer> BatchAsync(EncodedBatch batch, CallOptions options) =>
        _invoker.AsyncUnaryCall(BatchMethod.Instance, host: null, options, batch);

    /// <summary>Interrupts.InjectMsis, with messages that are encoded where they lie.</summary>
    public AsyncDuplexStreamingCall<EncodedInjection.Holder, InjectMsisResponse> InjectMsis() =>
        _invoker.AsyncDuplexStreamingCall(EncodedInjection.Method, host: null, default);

    public async Task<TResponse> AnswerAsync<TResponse>(
        AsyncUnaryCall<TResponse> call,
        CancellationToken cancellationToken)
    {
        try
        {
            return await call.ResponseAsync;
        }
        catch (RpcException failure)
        {
            throw Failure(failure, cancellationToken);
        }
    }

    public async IAsyncEnumerable<TResponse> AnswersAsync<TResponse>(
        AsyncServerStreamingCall<TResponse> call,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using (call)
        {
            while (await MoveNextAsync(call, cancellationToken))
            {
                yield return call.ResponseStream.Current;
            }
        }
    }

    /// <summary>The server's limits, asked for once.</summary>
    public async ValueTask<ServerLimits> LimitsAsync(CancellationToken cancellationToken)
    {
        if (_limits is null)
        {
            var call = VirtualMachines.GetServerInfoAsync(new GetServerInfoRequest(), Options(cancellationToken));
            var info = await AnswerAsync(call, cancellationToken);
            _limits = info.Limits ?? new ServerLimits();
        }

        return _limits;
    }

    /// <summary>What this library throws for what the transport threw.</summary>
    public Exception Failure(RpcException failure, CancellationToken cancellationToken) =>
        _isDisposed && failure.StatusCode == StatusCode.Cancelled && !cancellationToken.IsCancellationRequested
            ? new OperationCanceledException("The connection was closed while the call waited.", failure)
            : CallFailure.From(failure, Server, cancellationToken);

    private async Task<bool> MoveNextAsync<TResponse>(
        AsyncServerStreamingCall<TResponse> call,
        CancellationToken cancellationToken)
    {
        try
        {
            return await call.ResponseStream.MoveNext(cancellationToken);
        }
        catch (RpcException failure)
        {
            throw Failure(failure, cancellationToken);
        }
    }

    private static SocketsHttpHandler CreateHandler(ServerAddress server, ItsClientOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            // A peer that has gone without a word would leave a call that has no deadline waiting for ever.
            KeepAlivePingDelay = KeepAlivePingDelay,
            KeepAlivePingTimeout = KeepAlivePingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            // A proxy from the environment does not carry plain HTTP/2, and has no business between a VMM and its GIC.
            UseProxy = false,
            InitialHttp2StreamWindowSize = AnswerWindowBytes,
        };
        if (server.UnixSocketPath is { } path)
        {
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(path, cancellationToken);
        }

        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
