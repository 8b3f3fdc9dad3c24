using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <summary>Saved states on their way, in chunks that fit into any message.</summary>
internal sealed class StateTransfer(ServiceConnection connection, VmName vm)
{
    private const int ChunkBytes = 32 << 10;

    public async Task<SavedVm> SaveAsync(SaveOptions options, CancellationToken cancellationToken)
    {
        var request = new SaveRequest
        {
            Vm = vm.Value,
            InFlight = options.InFlight,
            DrainDeadlineMs = options.DrainDeadlineMs,
            StayPaused = options.StayPaused,
            OmitTables = options.OmitTables,
        };
        var call = connection.State.Save(request, cancellationToken: cancellationToken);
        var state = new ArrayBufferWriter<byte>();
        StateSummary? summary = null;
        await foreach (var answer in connection.AnswersAsync(call, cancellationToken))
        {
            summary ??= answer.Summary;
            state.Write(answer.Chunk.Span);
        }

        return new SavedVm(state.WrittenMemory, summary ?? new StateSummary());
    }

    public async Task<StateSummary> RestoreAsync(ReadOnlyMemory<byte> state, CancellationToken cancellationToken)
    {
        using var call = connection.State.Restore(cancellationToken: cancellationToken);
        try
        {
            await SendAsync(call.RequestStream, state);
            return (await call.ResponseAsync).Summary;
        }
        catch (RpcException failure)
        {
            throw connection.Failure(failure, cancellationToken);
        }
    }

    private async Task SendAsync(IClientStreamWriter<RestoreRequest> requests, ReadOnlyMemory<byte> state)
    {
        try
        {
            // The first one is sent in any case: it names the VM.
            await requests.WriteAsync(new RestoreRequest { Vm = vm.Value, Chunk = ChunkAt(0) });
            for (var offset = ChunkBytes; offset < state.Length; offset += ChunkBytes)
            {
                await requests.WriteAsync(new RestoreRequest { Chunk = ChunkAt(offset) });
            }

            await requests.CompleteAsync();
        }
        catch (Exception failure) when (failure is RpcException or InvalidOperationException or IOException)
        {
            // The service has refused it already: its answer tells why.
        }

        ByteString ChunkAt(int offset) =>
            UnsafeByteOperations.UnsafeWrap(state.Slice(offset, Math.Min(ChunkBytes, state.Length - offset)));
    }
}
