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

    // What the service says is much is not believed before it comes.
    private const ulong CapacityAtFirstMax = 32 << 20;

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
        ArrayBufferWriter<byte>? state = null;
        var (summary, sizeBytes, wasRunning) = (new StateSummary(), 0UL, false);
        await foreach (var answer in connection.AnswersAsync(call, cancellationToken))
        {
            if (state is null)
            {
                (summary, sizeBytes, wasRunning) = (answer.Summary ?? summary, answer.SizeBytes, answer.WasRunning);
                state = new ArrayBufferWriter<byte>((int)Math.Clamp(sizeBytes, 1, CapacityAtFirstMax));
            }

            state.Write(answer.Chunk.Span);
            RefuseUnless((ulong)state.WrittenCount <= sizeBytes, state.WrittenCount, sizeBytes);
        }

        RefuseUnless((ulong)(state?.WrittenCount ?? 0) == sizeBytes, state?.WrittenCount ?? 0, sizeBytes);
        return new SavedVm(state?.WrittenMemory ?? default, summary, wasRunning);
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

    private static void RefuseUnless(bool isRight, int count, ulong sizeBytes)
    {
        if (!isRight)
        {
            var detail = $"the service says that the state has {sizeBytes} bytes, and sends {count}";
            throw new ItsServiceException(StatusCode.DataLoss, detail, [], isUnreachable: false, inner: null);
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
