using System.Collections.Concurrent;
using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Sessions;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>The span of each call that has one names the VM that it is for, wherever the request has it.</summary>
public sealed class CallSpanTests : IDisposable
{
    private const string SourceName = "ItsService";
    private const string Checkpoint = "vms/guest/checkpoints/7";

    private readonly ActivityTraceId _trace = ActivityTraceId.CreateRandom();
    private readonly ConcurrentQueue<Activity> _ended = [];
    private readonly ActivityListener _listener;

    public CallSpanTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == SourceName,
            // Other tests of this process have calls as well.
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => options.TraceId == _trace
                ? ActivitySamplingResult.AllDataAndRecorded
                : ActivitySamplingResult.None,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == _trace)
                {
                    _ended.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public static TheoryData<string, string> Calls => new()
    {
        { "its.v1.VirtualMachines/CreateVm", "vms/made" },
        { "its.v1.VirtualMachines/GetVm", "vms/guest" },
        { "its.v1.State/Save", "vms/guest" },
        { "its.v1.State/Restore", "vms/guest" },
        { "its.v1.State/Checkpoint", "vms/guest" },
        { "its.v1.State/RestoreCheckpoint", "vms/guest" },
        { "its.v1.State/DeleteCheckpoint", "vms/guest" },
        { "its.v1.Vmm/Attach", "vms/guest" },
        { "its.v1.GuestMemory/Serve", "vms/guest" },
        { "its.v1.Interrupts/InjectMsis", "vms/guest" },
        { "its.v1.Interrupts/WatchVcpus", "vms/guest" },
    };

    private Metadata Headers => new() { { "traceparent", $"00-{_trace}-{ActivitySpanId.CreateRandom()}-01" } };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Span_names_its_vm(string method, string vm)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Tcp, "guest");

        await CallAsync(server.Tcp, method).WithinLimit();
        await server.Requests.UntilAsync(0);

        var span = Assert.Single(_ended);
        Assert.Equal((method, (object?)vm), (span.OperationName, span.GetTagItem("its.vm.name")));
    }

    // A session may last for weeks, and a trace is looked at as one.
    [Fact]
    public async Task Commands_that_a_session_brings_are_not_in_its_trace()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        var end = await guest.PlaceAsync([ItsCommand.Sync(0)]);
        using (var vmm = await AttachedVmm.AttachAsync(
            server.Tcp, new AttachRequest { Vm = guest.Name }, Headers))
        {
            await vmm.AskAsync(AttachedVmm.Write("GITS_CWRITER", end));
            await guest.UntilQueueIsEmptyAsync(end);
            await vmm.CompleteAsync();
            await vmm.EndsWellAsync();
        }

        await server.Requests.UntilAsync(0);

        Assert.Equal("its.v1.Vmm/Attach", Assert.Single(_ended).OperationName);
    }

    public void Dispose() => _listener.Dispose();

    private Task CallAsync(Api api, string method) => method.Split('/')[1] switch
    {
        "CreateVm" => api.Vms.CreateVmAsync(
            new CreateVmRequest { VmId = "made", Spec = GuestMap.Spec() }, Headers, null, Cancellation).ResponseAsync,
        "GetVm" => api.Vms.GetVmAsync(
            new GetVmRequest { Name = "vms/guest" }, Headers, null, Cancellation).ResponseAsync,
        "Save" => EndOfAsync(api.State.Save(
            new SaveRequest { Vm = "vms/guest" }, Headers, null, Cancellation).ResponseStream),
        "Restore" => RestoreAsync(api),
        "Checkpoint" => IgnoredAsync(api.State.CheckpointAsync(
            new CheckpointRequest { Vm = "vms/guest" }, Headers, null, Cancellation).ResponseAsync),
        "RestoreCheckpoint" => IgnoredAsync(api.State.RestoreCheckpointAsync(
            new RestoreCheckpointRequest { Name = Checkpoint }, Headers, null, Cancellation).ResponseAsync),
        "DeleteCheckpoint" => IgnoredAsync(api.State.DeleteCheckpointAsync(
            new DeleteCheckpointRequest { Name = Checkpoint }, Headers, null, Cancellation).ResponseAsync),
        "Attach" => BeginAsync(
            api.Vmm.Attach(Headers, null, Cancellation),
            new FromVmm { Attach = new AttachRequest { Vm = "vms/guest", Session = "s" } }),
        "Serve" => BeginAsync(
            api.Memory.Serve(Headers, null, Cancellation),
            new ServeMemoryRequest { Start = new ServeMemoryStart { Vm = "vms/guest" } }),
        "InjectMsis" => BeginAsync(
            api.Interrupts.InjectMsis(Headers, null, Cancellation),
            new InjectMsisRequest { Start = new InjectMsisStart { Vm = "vms/guest" } }),
        _ => WatchAsync(api),
    };

    private async Task RestoreAsync(Api api)
    {
        using var call = api.State.Restore(Headers, null, Cancellation);
        await call.RequestStream.WriteAsync(
            new RestoreRequest { Vm = "vms/guest", Chunk = ByteString.CopyFrom(1) }, Cancellation);
        await call.RequestStream.CompleteAsync();
        await IgnoredAsync(call.ResponseAsync);
    }

    private async Task WatchAsync(Api api)
    {
        using var call = api.Interrupts.WatchVcpus(
            new WatchVcpusRequest { Vm = "vms/guest" }, Headers, null, Cancellation);
        await call.ResponseStream.MoveNext(Cancellation);
    }

    private static async Task BeginAsync<TRequest, TResponse>(
        AsyncDuplexStreamingCall<TRequest, TResponse> call, TRequest first)
    {
        using (call)
        {
            await call.RequestStream.WriteAsync(first, Cancellation);
            await call.RequestStream.CompleteAsync();
            await EndOfAsync(call.ResponseStream);
        }
    }

    private static async Task EndOfAsync<T>(IAsyncStreamReader<T> answers)
    {
        try
        {
            while (await answers.MoveNext(Cancellation))
            {
            }
        }
        catch (RpcException)
        {
            // What it says of itself is what counts here.
        }
    }

    private static async Task IgnoredAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (RpcException)
        {
            // As above.
        }
    }
}
