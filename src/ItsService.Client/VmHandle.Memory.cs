using Grpc.Core;
using ItsService.Client.Sessions;
using ItsService.Protocol.V1;

namespace ItsService.Client;

/// <content>Serving its remote memory.</content>
public sealed partial class VmHandle
{
    /// <summary>
    /// Answers for the VM's remote memory until it is cancelled, for a VMM that does not do so on its session
    /// (<see cref="VmmSessionOptions.Memory"/>). It does not connect again by itself: what is not answered then waits
    /// for the next call, which must be made with the same <paramref name="memory"/> object: by it is known which
    /// writes were made already.
    /// </summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArgumentNullException">There is no memory.</exception>
    /// <exception cref="ItsServiceException">The service refused it or ended it, or no service was reached.</exception>
    public async Task ServeMemoryAsync(IGuestMemoryProvider memory, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(memory);
        try
        {
            var vm = await DescribeAsync(cancellationToken).ConfigureAwait(false);
            await ServeAsync(vm.Uid, AnsweredMemory.Of(memory, vm.Uid), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // As it was asked to.
        }
        catch (RpcException failure)
        {
            throw _connection.Failure(failure, cancellationToken);
        }
    }

    private async Task ServeAsync(string vmUid, MemoryAnswers answers, CancellationToken cancellationToken)
    {
        using var call = _connection.GuestMemory.Serve(new CallOptions(cancellationToken: cancellationToken));
        try
        {
            var start = new ServeMemoryStart { Vm = Name.Value, VmUid = vmUid, Made = answers.Made };
            await call.RequestStream.WriteAsync(new ServeMemoryRequest { Start = start }, cancellationToken)
                .ConfigureAwait(false);
            while (await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false))
            {
                var answer = answers.Answer(call.ResponseStream.Current);
                await call.RequestStream.WriteAsync(new ServeMemoryRequest { Answer = answer }, cancellationToken)
                    .ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is not RpcException && SessionLink.IsStreamOver(exception))
        {
            // Writing tells only that the stream is over. How, reading does.
            await ReadToEndAsync(call.ResponseStream, exception).ConfigureAwait(false);
        }
    }

    private static async Task ReadToEndAsync(IAsyncStreamReader<MemoryRequest> requests, Exception met)
    {
        while (await requests.MoveNext(CancellationToken.None).ConfigureAwait(false))
        {
            // They are told again to whoever serves next.
        }

        throw new RpcException(new Status(StatusCode.Unavailable, "the service has ended the stream", met));
    }
}
