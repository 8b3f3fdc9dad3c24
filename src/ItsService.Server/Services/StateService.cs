using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Server.Checkpoints;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory.Shared;
using ItsService.Server.State;
using ItsService.Server.Telemetry;
using ItsService.Server.Telemetry.Traces;

namespace ItsService.Server.Services;

/// <summary>Saving VMs and giving them back, through the client or through the state directory.</summary>
internal sealed class StateService(
    VmRegistry registry, VmSurroundings surroundings, StateTurns turns, CheckpointCalls checkpoints,
    StateTimes times)
    : V1.State.StateBase
{
    // A client that has its library's default limit of 4 MiB takes these.
    private const int ChunkBytesMax = 1 << 20;

    private const string NotRead = "the saved state was not read in time";
    private const string NotSent = "the saved state was not sent in time";

    private ItsServerLimits Limits => surroundings.Limits;

    public override async Task Save(
        V1.SaveRequest request, IServerStreamWriter<V1.SaveResponse> responseStream, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, "vm");
        var order = SaveOrderReader.Read(vm.Name, request);
        using var terms = new SaveTerms(vm, turns, Limits.SavedStateBytesMax);
        var (state, summary, wasRunning) = await times.SaveAsync(StateForm.Blob, async () =>
        {
            var saved = await vm.SaveAsync(order, context.CancellationToken, terms);
            var ran = saved.WasRunning;
            return (Seal(saved, vm, terms, out var summary), summary, ran);
        });
        using var held = state;
        var blob = state.Bytes;
        times.NoteSize(StateForm.Blob, blob.Length);

        using var time = new TransferTime(surroundings, context.CancellationToken);
        var chunkBytes = Math.Min(ChunkBytesMax, Limits.MessageBytesMax / 2);
        for (var offset = 0; offset < blob.Length; offset += chunkBytes)
        {
            var chunk = blob.Slice(offset, Math.Min(chunkBytes, blob.Length - offset));
            var response = new V1.SaveResponse { Chunk = UnsafeByteOperations.UnsafeWrap(chunk) };
            if (offset == 0)
            {
                (response.Summary, response.SizeBytes) = (summary, (ulong)blob.Length);
                response.WasRunning = wasRunning;
            }

            await SendAsync(vm.Name, response, responseStream, time, context);
        }
    }

    public override async Task<V1.RestoreResponse> Restore(
        IAsyncStreamReader<V1.RestoreRequest> requestStream, ServerCallContext context)
    {
        using var time = new TransferTime(surroundings, context.CancellationToken);
        var first = await time.WithinAsync("", NotSent, requestStream.MoveNext)
            ? requestStream.Current
            : new V1.RestoreRequest();
        var vm = registry.Find(first.Vm, "vm");
        using var turn = turns.Take(vm.Name);
        Spans.NoteVm(vm.Name);
        var blob = await times.ReceiveAsync(
            StateForm.Blob,
            () => time.WithinAsync(vm.Name, NotSent, any => ReceiveAsync(vm.Name, first, requestStream, any)),
            context.CancellationToken);
        var summary = await times.RestoreAsync(StateForm.Blob, async () =>
        {
            var state = StateBlob.Open(blob, vm.Shape, new RequestProblems(vm.Name));
            return await vm.EnterAsync<RestoreOperation, V1.StateSummary>(
                new RestoreOperation(vm.Name, state), context.CancellationToken);
        });
        return new V1.RestoreResponse { Summary = summary };
    }

    public override async Task<V1.ExportResponse> Export(V1.ExportRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, "vm");
        var order = SaveOrderReader.Read(vm.Name, request);
        StateExport.RefuseBeyond(Limits.MessageBytesMax, vm.Name, vm.Shape);
        using var terms = new SaveTerms(vm, turns, Limits.SavedStateBytesMax);
        using var saved = await times.SaveAsync(
            StateForm.Export, () => vm.SaveAsync(order, context.CancellationToken, terms));
        var state = StateExport.Of(saved.State, vm.Shape);
        times.NoteSize(StateForm.Export, state.CalculateSize());
        return new V1.ExportResponse { State = state, Summary = saved.Summarize(), WasRunning = saved.WasRunning };
    }

    public override async Task<V1.ImportResponse> Import(V1.ImportRequest request, ServerCallContext context)
    {
        var vm = registry.Find(request.Vm, "vm");
        if (request.CheckOnly)
        {
            await CheckAsync(vm, request.State, context.CancellationToken);
            return new V1.ImportResponse();
        }

        using var turn = turns.Take(vm.Name);
        var summary = await times.RestoreAsync(StateForm.Export, async () =>
        {
            var attributes = ImportReader.Read(vm.Name, vm.Shape, request.State);
            return await vm.EnterAsync<ImportOperation, V1.StateSummary>(
                new ImportOperation(vm.Name, attributes), context.CancellationToken);
        });
        return new V1.ImportResponse { Summary = summary };
    }

    public override async Task<V1.CheckpointResponse> Checkpoint(
        V1.CheckpointRequest request, ServerCallContext context)
    {
        var response = await times.SaveAsync(
            StateForm.Checkpoint, () => checkpoints.CreateAsync(request, context.CancellationToken));
        times.NoteSize(StateForm.Checkpoint, (long)response.Checkpoint.SizeBytes);
        return response;
    }

    public override Task<V1.ListCheckpointsResponse> ListCheckpoints(
        V1.ListCheckpointsRequest request, ServerCallContext context) =>
        checkpoints.ListAsync(request, context.CancellationToken);

    public override Task<V1.RestoreCheckpointResponse> RestoreCheckpoint(
        V1.RestoreCheckpointRequest request, ServerCallContext context) =>
        times.RestoreAsync(
            StateForm.Checkpoint,
            () => checkpoints.RestoreAsync(request, PeerProcess.Of(context), context.CancellationToken));

    public override Task<V1.DeleteCheckpointResponse> DeleteCheckpoint(
        V1.DeleteCheckpointRequest request, ServerCallContext context) =>
        checkpoints.DeleteAsync(request, context.CancellationToken);

    /// <summary>Judges a state as <see cref="Import"/> does, and changes nothing.</summary>
    private async Task CheckAsync(VmHost vm, V1.ExportedState state, CancellationToken call)
    {
        using var turn = turns.Take(vm.Name);
        var attributes = ImportReader.Read(vm.Name, vm.Shape, state);
        await vm.EnterAsync<CheckImportOperation, Done>(new CheckImportOperation(vm.Name, attributes), call);
    }

    /// <summary>The bytes of a state, which is not held while they are sent: that may take long.</summary>
    private static SealedState Seal(SavedMoment saved, VmHost vm, SaveTerms terms, out V1.StateSummary summary)
    {
        using (saved)
        {
            summary = saved.Summarize();
            var state = StateBlob.Seal(saved.State, vm.Shape);
            try
            {
                terms.RefuseUnlessWithin(state.Bytes.Length);
                return state;
            }
            catch
            {
                state.Dispose();
                throw;
            }
        }
    }

    /// <summary>Sends a chunk. Who does not read is not waited for, neither now nor when the service stops.</summary>
    private async Task SendAsync(
        string vmName,
        V1.SaveResponse response,
        IServerStreamWriter<V1.SaveResponse> responseStream,
        TransferTime time,
        ServerCallContext context)
    {
        try
        {
            await time.WithinAsync(vmName, NotRead, async any =>
            {
                await responseStream.WriteAsync(response, any);
                return true;
            });
            time.StartAnew();
        }
        catch (RpcException)
        {
            // The answer stands behind what is not read.
            var http = context.GetHttpContext();
            http.Response.RegisterForDispose(surroundings.Stopping.UnsafeRegister(
                static http => ((HttpContext)http!).Abort(), http));
            throw;
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
        SaveTerms.RefuseUnlessWithin(
            Limits.SavedStateBytesMax, (long)blob.WrittenCount + chunk.Length, vmName);
        blob.Write(chunk.Span);
    }
}
