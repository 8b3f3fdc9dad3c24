using ItsService.Protocol.V1;

namespace ItsService.Client.Injection;

/// <summary>
/// What can be chosen about a stream of messages. The callbacks run one at a time, on the thread that reads the stream;
/// one that fails ends the stream, whose calls throw what it threw. None may wait for the stream: nothing is read
/// before it has returned.
/// </summary>
public sealed class MsiInjectorOptions
{
    /// <summary>
    /// By which the VM knows the sender again after its connection was cut: 16..64 characters of A-Z, a-z, 0-9, '-' and
    /// '_', best random. Null for who does not come back.
    /// </summary>
    public string? Sender { get; init; }

    /// <summary>
    /// The last batch of which this sender knows that it was taken: the <c>Sequence</c> of the last
    /// <see cref="MsiInjector.Account"/> that it has seen. A stream to a VM that knows of fewer is refused, since
    /// batches that are sent again might be taken again. 0 for who begins.
    /// </summary>
    public ulong Taken { get; init; }

    /// <summary>
    /// How long an answer may wait for others, up to a second, in whole milliseconds: for who sends without a pause and
    /// needs no quick word of each batch. It delays no message.
    /// </summary>
    public TimeSpan AnswerDelay { get; init; }

    /// <summary>A vCPU's line has changed.</summary>
    public Action<VcpuLine>? LineChanged { get; init; }

    /// <summary>
    /// The outcomes of a batch, by its number: one for each message, in order. Without it they are not asked for.
    /// </summary>
    public Action<ulong, IReadOnlyList<MsiOutcome>>? OutcomesTold { get; init; }
}
