using Grpc.Core;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Clients;

/// <summary>
/// A service that takes all batches of a stream, tells of the first ones alone, and ends the stream with OK: what the
/// real one never does.
/// </summary>
internal sealed class ScriptedInterrupts(ScriptedInterrupts.Script script) : Interrupts.InterruptsBase
{
    /// <param name="told">How many batches are told.</param>
    public static Task<ScriptedService> StartAsync(ulong told) =>
        ScriptedService.StartAsync<ScriptedInterrupts, Script>(new Script(told));

    public override async Task InjectMsis(
        IAsyncStreamReader<InjectMsisRequest> requestStream,
        IServerStreamWriter<InjectMsisResponse> responseStream,
        ServerCallContext context)
    {
        for (var sequence = 0ul; await requestStream.MoveNext(context.CancellationToken); sequence++)
        {
            if (sequence <= script.Told)
            {
                await responseStream.WriteAsync(new InjectMsisResponse { Sequence = sequence });
            }
        }
    }

    /// <param name="Told">How many batches are told.</param>
    internal sealed record Script(ulong Told);
}
