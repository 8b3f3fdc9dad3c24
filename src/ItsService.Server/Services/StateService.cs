using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.State;

namespace ItsService.Server.Services;

/// <summary>Saving VMs and giving them back.</summary>
internal sealed class StateService(VmRegistry registry, VmSurroundings surroundings, StateTurns turns)
    : V1.State.StateBase
{
    // A client that has its library's default limit of 4 MiB takes these.
    private const int ChunkBytesMax = 1 << 20;

    // Who has a turn must use it: there are few.
    private static readonly TimeSpan SendTimeMax = TimeSpan.FromMinutes(1);

    private ItsServerLimits Limits => surroundings.Limits;

    public override async Task Save(
        V1.SaveRequest request, IServerStreamWriter<V1.SaveResponse> responseStream, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, "vm");
        var order = SaveOrderReader.Read(vm.Name, request);
        using var turn = turns.Take(vm.Name);
        using var saved = await vm.SaveAsync(order, context.CancellationToken);
        using var state = StateBlob.Seal(saved.State, vm.Shape);
        var blob = state.Bytes;
        RefuseUnlessWithin(Limits.SavedStateBytesMax, blob.Length, vm.Name);

        var chunkBytes = Math.Min(ChunkBytesMax, Limits.MessageBytesMax / 2);
        for (var offset = 0; offset < blob.Length; offset += chunkBytes)
        {
            var chunk = blob.Slice(offset, Math.Min(chunkBytes, blob.Length - offset));
            var response = new V1.SaveResponse { Chunk = UnsafeByteOperations.UnsafeWrap(chunk) };
            if (offset == 0)
            {
                (response.Summary, response.SizeBytes) = (saved.Summarize(), (ulong)blob.Length);
            }

            await responseStream.WriteAsync(response, context.CancellationToken);
        }
    }

    public override async Task<V1.RestoreResponse> Restore(
        IAsyncStreamReader<V1.RestoreRequest> requestStream, ServerCallContext context)
    {
        var first = await requestStream.MoveNext(context.CancellationToken)
            ? requestStream.Current
            : new V1.RestoreRequest();
        var vm = registry.Find(first.Vm, "vm");
        using var turn = turns.Take(vm.Name);
        var blob = await ReceiveInTimeAsync(vm.Name, first, requestStream, context.CancellationToken);
        var state = StateBlob.Open(blob, vm.Shape, new RequestProblems(vm.Name));
        var summary = await vm.EnterAsync<RestoreOperation, V1.StateSummary>(
            new RestoreOperation(vm.Name, state), context.CancellationToken);
        return new V1.RestoreResponse { Summary = summary };
    }

    private async Task<ReadOnlyMemory<byte>> ReceiveInTimeAsync(
        string vmName,
        V1.RestoreRequest first,
        IAsyncStreamReader<V1.RestoreRequest> requestStream,
        CancellationToken call)
    {
        using var late = new CancellationTokenSource(SendTimeMax, surroundings.Time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(call, surroundings.Stopping, late.Token);
        try
        {
            return await ReceiveAsync(vmName, first, requestStream, any.Token);
        }
        catch (OperationCanceledException) when (!call.IsCancellationRequested)
        {
            throw surroundings.Stopping.IsCancellationRequested
                ? ServiceStop.Unavailable()
                : Refusal.Of(vmName, new Problem(
                    V1.ErrorReason.LimitExceeded, "state", "the saved state was not sent in time")
                {
                    Accepted = $"all of it within {SendTimeMax.TotalSeconds} seconds",
                });
        }
    }

    /// <summary>Takes the chunks as long as they may be a state's.</summary>
    private async Task<ReadOnlyMemory<byte>> ReceiveAsync(
        string vmName,
        V1.RestoreRequest first,
        IAsyncStreamReader<V1.RestoreRequest> requestStream,
        CancellationToken call)
    {
        var blob = new ArrayBufferWriter<byte>();
        Append(blob, first.Chunk, vmName);
        while (await requestStream.MoveNext(call))
        {
            if (requestStream.Current.Vm.Length > 0)
            {
                throw Refusal.Of(vmName, new Problem(
                    V1.ErrorReason.OutOfRange, "vm", "a message after the first names a VM")
                {
                    Accepted = "nothing",
                });
            }

            Append(blob, requestStream.Current.Chunk, vmName);
        }

        return blob.WrittenMemory;
    }

    private void Append(ArrayBufferWriter<byte> blob, ByteString chunk, string vmName)
    {
        RefuseUnlessWithin(Limits.SavedStateBytesMax, (long)blob.WrittenCount + chunk.Length, vmName);
        blob.Write(chunk.Span);
    }

    private static void RefuseUnlessWithin(int limit, long length, string vmName)
    {
        if (length > limit)
        {
            throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.LimitExceeded, "state", "the saved state is too large")
            {
                Accepted = $"at most {limit} bytes",
            });
        }
    }
}
