using Google.Protobuf;
using ItsService.Server.Machines;

namespace ItsService.Server.Msis.Injection;

/// <summary>
/// What a stream of messages has to tell: one answer, which takes in what comes until somebody writes it. It is filled
/// inside the VM's gate and emptied outside.
/// </summary>
/// <param name="tellsOutcomes">Whether the outcome of each record is told.</param>
internal sealed class InjectionAnswers(bool tellsOutcomes)
{
    // Beyond this no further batch is read until the client has read some: an answer has less than that, and one batch.
    private const int OutcomeBytesMax = 1 << 20;

    // What a batch costs besides its outcomes: one without any is not for nothing.
    private const int BatchBytes = 64;

    private readonly Lock _lock = new();
    private V1.InjectMsisResponse _next = new();
    private TaskCompletionSource? _room;
    private byte[]? _filling;
    private int _outcomeBytes;
    private bool _hasNews;

    /// <summary>Whether there is room for the outcomes of another batch.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_lock)
            {
                return _outcomeBytes < OutcomeBytesMax;
            }
        }
    }

    /// <summary>Notes where the sender stands.</summary>
    public void Begin(MsiAccount account)
    {
        lock (_lock)
        {
            Note(account);
        }
    }

    /// <summary>
    /// Room for the outcomes of the batch that is being sent; empty where they are not told. Inside the gate.
    /// </summary>
    public Span<byte> RoomForOutcomes(int count) => _filling = tellsOutcomes ? new byte[count] : null;

    /// <summary>A batch was sent. Inside the gate.</summary>
    public void Take(VmContent vm, MsiAccount account)
    {
        lock (_lock)
        {
            Note(account);
            TakeOutcomes(account.Sequence);
            var toldBefore = _next.ChangedLines.Count;
            vm.Lines.Drain(_next.ChangedLines);
            if (toldBefore > 0 && _next.ChangedLines.Count > toldBefore)
            {
                MergeLines(_next, toldBefore);
            }
        }
    }

    /// <summary>The next answer; null where there is nothing new.</summary>
    public V1.InjectMsisResponse? TryTakeNext()
    {
        lock (_lock)
        {
            if (!_hasNews)
            {
                return null;
            }

            var next = _next;
            _next = new V1.InjectMsisResponse();
            _hasNews = false;
            _outcomeBytes = 0;
            _room?.TrySetResult();
            _room = null;
            return next;
        }
    }

    /// <summary>Ends when there is room for the outcomes of another batch.</summary>
    public Task UntilRoom()
    {
        lock (_lock)
        {
            if (_outcomeBytes < OutcomeBytesMax)
            {
                return Task.CompletedTask;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    private void Note(MsiAccount account)
    {
        _next.Sequence = account.Sequence;
        _next.Accepted = account.Accepted;
        _next.Pended = account.Pended;
        _next.Coalesced = account.Coalesced;
        _next.Dropped = account.Dropped;
        _hasNews = true;
    }

    private void TakeOutcomes(ulong sequence)
    {
        if (_filling is { } filled)
        {
            _next.Outcomes.Add(new V1.MsiBatchOutcomes
            {
                Sequence = sequence,
                Outcomes = UnsafeByteOperations.UnsafeWrap(filled),
            });
            _outcomeBytes += filled.Length + BatchBytes;
            _filling = null;
        }
    }

    // Each line once, as it was last: there are no more of them than vCPUs.
    private static void MergeLines(V1.InjectMsisResponse answer, int toldBefore)
    {
        for (var index = answer.ChangedLines.Count - 1; index >= toldBefore; index--)
        {
            var line = answer.ChangedLines[index];
            for (var before = 0; before < toldBefore; before++)
            {
                if (answer.ChangedLines[before].Vcpu == line.Vcpu)
                {
                    answer.ChangedLines[before] = line;
                    answer.ChangedLines.RemoveAt(index);
                    break;
                }
            }
        }
    }
}
