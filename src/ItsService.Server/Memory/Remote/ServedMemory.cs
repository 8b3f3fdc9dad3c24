using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Machines;

namespace ItsService.Server.Memory.Remote;

/// <summary>One stream of GuestMemory.Serve: requests go out as they come up, while answers are read.</summary>
internal sealed class ServedMemory(
    VmHost vm,
    IAsyncStreamReader<V1.ServeMemoryRequest> answers,
    IServerStreamWriter<V1.MemoryRequest> writer,
    string peer) : IMemoryServer
{
    // Whoever wakes may be late, when the stream is no more: nothing of it is disposed of.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private MemoryRequests? _requests;

    /// <inheritdoc/>
    public string Description => $"a stream of {peer}";

    /// <inheritdoc/>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Serves until the VMM ends the stream.</summary>
    /// <param name="made">The last write that the VMM has made.</param>
    /// <param name="stopping">Cancelled when the service stops.</param>
    /// <param name="call">Cancelled when the connection is lost.</param>
    public async Task RunAsync(ulong made, CancellationToken stopping, CancellationToken call)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, call);
        _requests = await vm.EnterAsync<BeginServingOperation, MemoryRequests>(
            new BeginServingOperation(vm.Name, this, made), call);
        var writing = WriteAsync(_requests, ending.Token);
        try
        {
            await ReadAsync(_requests, ending.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw ServiceStop.Unavailable();
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw MalformedMessage.Refused(vm.Name, malformed, nameof(V1.ServeMemoryRequest));
        }
        catch (Exception lost) when (LostConnection.Is(lost, call))
        {
            // The connection is gone, or the VM is: the first has nobody to be told.
            if (_requests.Closed.IsCompleted)
            {
                throw Refusal.Of(vm.Name, new Problem(
                    V1.ErrorReason.VmNotFound, "start.vm", $"'{vm.Name}' was deleted"));
            }
        }
        finally
        {
            _requests.Leave(this);
            await ending.CancelAsync();
            await writing;
        }
    }

    private async Task ReadAsync(MemoryRequests requests, CancellationToken ended)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ended);
        var closed = requests.Closed.ContinueWith(
            static (_, over) => ((CancellationTokenSource)over!).Cancel(),
            over,
            ended,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
        while (await answers.MoveNext(over.Token))
        {
            if (answers.Current.Answer is not { } answer)
            {
                throw Refusal.Of(vm.Name, new Problem(
                    V1.ErrorReason.UnexpectedMessage, "answer", "the message does not answer a request"));
            }

            if (requests.Take(answer) is { } problem)
            {
                throw Refusal.Of(vm.Name, problem);
            }
        }
    }

    private async Task WriteAsync(MemoryRequests requests, CancellationToken ended)
    {
        try
        {
            while (true)
            {
                await _wake.Reader.ReadAsync(ended);
                while (requests.TryTakeNext(this) is { } request)
                {
                    await writer.WriteAsync(request, ended);
                }
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The stream has ended, as who reads it finds. What was not told is told on the next one.
        }
    }
}

/// <summary>Makes a stream the one that serves a VM's memory.</summary>
internal readonly struct BeginServingOperation(string vmName, IMemoryServer server, ulong made)
    : IVmOperation<MemoryRequests>
{
    public MemoryRequests Run(VmContent vm)
    {
        var requests = vm.Memory.Remote.Requests;
        if (requests.HolderBeside(server) is { } holder)
        {
            throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.MemoryServed, "start.vm", $"{holder} serves the memory of '{vmName}'")
            {
                Accepted = "a VM whose memory nobody serves",
            });
        }

        requests.RefuseUnlessAsked(vmName, "start.made", made);
        requests.Serve(server, made);
        return requests;
    }
}
