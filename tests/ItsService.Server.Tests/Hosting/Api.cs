using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using ItsService.Protocol.Health;
using ItsService.Protocol.Reflection;
using ItsService.Protocol.V1;

namespace ItsService.Server.Tests.Hosting;

/// <summary>One connection to a server, with a client of each of its services.</summary>
internal sealed class Api : IDisposable
{
    /// <summary>The least that a client may let a server send of an answer before it reads.</summary>
    public const int WindowBytesMin = 65_535;

    // Larger than the largest answer of the server, so that the limits under test are the server's own.
    private const int ReceiveBytesMax = 64 << 20;

    // Kestrel may lose an answer behind one that outgrew its window (dotnet/aspnetcore issue 53736).
    private const int AnswerWindowBytes = 16 << 20;

    private readonly GrpcChannel _channel;

    private Api(GrpcChannel channel)
    {
        _channel = channel;
        Invoker = channel.CreateCallInvoker();
        Vms = new VirtualMachines.VirtualMachinesClient(Invoker);
        Registers = new Registers.RegistersClient(Invoker);
        Interrupts = new Interrupts.InterruptsClient(Invoker);
        Commands = new Commands.CommandsClient(Invoker);
        Memory = new GuestMemory.GuestMemoryClient(Invoker);
        Inspect = new Inspect.InspectClient(Invoker);
        Attributes = new DeviceAttributes.DeviceAttributesClient(Invoker);
        State = new ItsService.Protocol.V1.State.StateClient(Invoker);
        Vmm = new Vmm.VmmClient(Invoker);
        Health = new Health.HealthClient(Invoker);
        Reflection = new ServerReflection.ServerReflectionClient(Invoker);
    }

    public CallInvoker Invoker { get; }

    public VirtualMachines.VirtualMachinesClient Vms { get; }

    public Registers.RegistersClient Registers { get; }

    public Interrupts.InterruptsClient Interrupts { get; }

    public Commands.CommandsClient Commands { get; }

    public GuestMemory.GuestMemoryClient Memory { get; }

    public Inspect.InspectClient Inspect { get; }

    public DeviceAttributes.DeviceAttributesClient Attributes { get; }

    public ItsService.Protocol.V1.State.StateClient State { get; }

    public Vmm.VmmClient Vmm { get; }

    public Health.HealthClient Health { get; }

    public ServerReflection.ServerReflectionClient Reflection { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="address">Where the server listens.</param>
    /// <param name="windowBytes">What a server may send of an answer that nobody reads.</param>
    public static Api OverTcp(Uri address, int windowBytes = AnswerWindowBytes) => Connect(
        address, new SocketsHttpHandler { InitialHttp2StreamWindowSize = windowBytes });

    public static Api OverUnixSocket(string path) => Connect(new Uri("http://localhost"), new SocketsHttpHandler
    {
        InitialHttp2StreamWindowSize = AnswerWindowBytes,
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            }
            catch
            {
                socket.Dispose();
                throw;
            }

            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    public Task<Vm> CreateVmAsync(CreateVmRequest request) =>
        Vms.CreateVmAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<Vm> CreateVmAsync(string id, VmSpec spec) =>
        CreateVmAsync(new CreateVmRequest { VmId = id, Spec = spec });

    public Task<Vm> GetVmAsync(string name) =>
        Vms.GetVmAsync(new GetVmRequest { Name = name }, cancellationToken: Cancellation).WithinLimit();

    public Task<ListVmsResponse> ListVmsAsync(uint pageSize = 0, string pageToken = "") =>
        Vms.ListVmsAsync(
            new ListVmsRequest { PageSize = pageSize, PageToken = pageToken },
            cancellationToken: Cancellation).WithinLimit();

    public Task<DeleteVmResponse> DeleteVmAsync(string name) =>
        Vms.DeleteVmAsync(new DeleteVmRequest { Name = name }, cancellationToken: Cancellation).WithinLimit();

    public Task<Vm> ResetVmAsync(string name) =>
        Vms.ResetVmAsync(new ResetVmRequest { Name = name }, cancellationToken: Cancellation).WithinLimit();

    public Task<Vm> PauseAsync(string name) =>
        Vms.PauseAsync(new PauseRequest { Name = name }, cancellationToken: Cancellation).WithinLimit();

    public Task<Vm> ResumeAsync(string name) =>
        Vms.ResumeAsync(new ResumeRequest { Name = name }, cancellationToken: Cancellation).WithinLimit();

    public Task<Vm> UpdateMemoryAsync(UpdateMemoryRequest request) =>
        Vms.UpdateMemoryAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<ServerInfo> GetServerInfoAsync() =>
        Vms.GetServerInfoAsync(new GetServerInfoRequest(), cancellationToken: Cancellation).WithinLimit();

    public Task<ReadRegisterResponse> ReadAsync(ReadRegisterRequest request) =>
        Registers.ReadAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<WriteRegisterResponse> WriteAsync(WriteRegisterRequest request) =>
        Registers.WriteAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<ReadSystemRegisterResponse> ReadSystemRegisterAsync(ReadSystemRegisterRequest request) =>
        Registers.ReadSystemRegisterAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<WriteSystemRegisterResponse> WriteSystemRegisterAsync(WriteSystemRegisterRequest request) =>
        Registers.WriteSystemRegisterAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<BatchResponse> BatchAsync(BatchRequest request) =>
        Registers.BatchAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<ListRegistersResponse> ListRegistersAsync(string vm) =>
        Registers.ListRegistersAsync(
            new ListRegistersRequest { Vm = vm }, cancellationToken: Cancellation).WithinLimit();

    public Task<SignalMsiResponse> SignalMsiAsync(SignalMsiRequest request) =>
        Interrupts.SignalMsiAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<SetLevelsResponse> SetLevelsAsync(SetLevelsRequest request) =>
        Interrupts.SetLevelsAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<SubmitResponse> SubmitAsync(SubmitRequest request) =>
        Commands.SubmitAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<ReadMemoryResponse> ReadMemoryAsync(ReadMemoryRequest request) =>
        Memory.ReadAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<WriteMemoryResponse> WriteMemoryAsync(WriteMemoryRequest request) =>
        Memory.WriteAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<DrainDirtyPagesResponse> DrainDirtyPagesAsync(DrainDirtyPagesRequest request) =>
        Memory.DrainDirtyPagesAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<GetDiagnosticsResponse> GetDiagnosticsAsync(GetDiagnosticsRequest request) =>
        Inspect.GetDiagnosticsAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<ExplainResponse> ExplainAsync(ExplainRequest request) =>
        Inspect.ExplainAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<HasAttributeResponse> HasAttributeAsync(HasAttributeRequest request) =>
        Attributes.HasAttributeAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<GetAttributeResponse> GetAttributeAsync(GetAttributeRequest request) =>
        Attributes.GetAttributeAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<SetAttributeResponse> SetAttributeAsync(SetAttributeRequest request) =>
        Attributes.SetAttributeAsync(request, cancellationToken: Cancellation).WithinLimit();

    /// <summary>All entries of all messages of the stream.</summary>
    public async Task<IReadOnlyList<TableEntry>> DumpTablesAsync(DumpTablesRequest request)
    {
        using var call = Inspect.DumpTables(request, cancellationToken: Cancellation);
        var entries = new List<TableEntry>();
        while (await call.ResponseStream.MoveNextWithinLimit())
        {
            entries.AddRange(call.ResponseStream.Current.Entries);
        }

        return entries;
    }

    /// <summary>All chunks of all messages of the stream, and the summary of the first.</summary>
    public async Task<SavedState> SaveAsync(SaveRequest request, CancellationToken? cancellation = null)
    {
        using var call = State.Save(request, cancellationToken: cancellation ?? Cancellation);
        using var blob = new MemoryStream();
        SaveResponse? first = null;
        while (await call.ResponseStream.MoveNextWithinLimit())
        {
            var response = call.ResponseStream.Current;
            first ??= response;
            Assert.Equal(response == first, response.Summary is not null);
            response.Chunk.WriteTo(blob);
        }

        Assert.Equal((ulong)blob.Length, first!.SizeBytes);
        return new SavedState(blob.ToArray(), first.Summary, first.WasRunning);
    }

    public Task<SavedState> SaveAsync(string vm, InFlightPolicy inFlight = InFlightPolicy.Carry) =>
        SaveAsync(new SaveRequest { Vm = vm, InFlight = inFlight });

    public async Task<StateSummary> RestoreAsync(string vm, byte[] state, int chunkBytes = 1 << 20)
    {
        using var call = State.Restore(cancellationToken: Cancellation);
        await call.RequestStream.WriteAsync(new RestoreRequest { Vm = vm }, Cancellation).WithinLimit();
        foreach (var chunk in state.Chunk(chunkBytes))
        {
            await call.RequestStream.WriteAsync(
                new RestoreRequest { Chunk = Google.Protobuf.ByteString.CopyFrom(chunk) }, Cancellation).WithinLimit();
        }

        await call.RequestStream.CompleteAsync().WithinLimit();
        return (await call.ResponseAsync.WithinLimit()).Summary;
    }

    public Task<ExportResponse> ExportAsync(ExportRequest request) =>
        State.ExportAsync(request, cancellationToken: Cancellation).WithinLimit();

    public Task<ExportResponse> ExportAsync(string vm) => ExportAsync(new ExportRequest { Vm = vm });

    public Task<ImportResponse> CheckImportAsync(string vm, ExportedState state) =>
        State.ImportAsync(
            new ImportRequest { Vm = vm, State = state, CheckOnly = true }, cancellationToken: Cancellation)
            .WithinLimit();

    public async Task<StateSummary> ImportAsync(string vm, ExportedState? state)
    {
        var request = new ImportRequest { Vm = vm, State = state };
        return (await State.ImportAsync(request, cancellationToken: Cancellation).WithinLimit()).Summary;
    }

    public Task<CheckpointResponse> CheckpointAsync(CheckpointRequest request) =>
        State.CheckpointAsync(request, cancellationToken: Cancellation).WithinLimit();

    /// <summary>Makes a checkpoint, and tells its name.</summary>
    public async Task<string> CheckpointAsync(string vm) =>
        (await CheckpointAsync(new CheckpointRequest { Vm = vm })).Checkpoint.Name;

    public Task<ListCheckpointsResponse> ListCheckpointsAsync(ListCheckpointsRequest request) =>
        State.ListCheckpointsAsync(request, cancellationToken: Cancellation).WithinLimit();

    public async Task<IReadOnlyList<Checkpoint>> ListCheckpointsAsync(string vm = "") =>
        (await ListCheckpointsAsync(new ListCheckpointsRequest { Vm = vm })).Checkpoints;

    public Task<RestoreCheckpointResponse> RestoreCheckpointAsync(string name, string vm = "") =>
        State.RestoreCheckpointAsync(
            new RestoreCheckpointRequest { Name = name, Vm = vm }, cancellationToken: Cancellation).WithinLimit();

    public Task<DeleteCheckpointResponse> DeleteCheckpointAsync(string name) =>
        State.DeleteCheckpointAsync(
            new DeleteCheckpointRequest { Name = name }, cancellationToken: Cancellation).WithinLimit();

    /// <summary>What a save has answered.</summary>
    public sealed record SavedState(byte[] Blob, StateSummary Summary, bool WasRunning);

    public void Dispose() => _channel.Dispose();

    private static Api Connect(Uri address, SocketsHttpHandler handler) =>
        new(GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            Credentials = ChannelCredentials.Insecure,
            MaxReceiveMessageSize = ReceiveBytesMax,
        }));
}
