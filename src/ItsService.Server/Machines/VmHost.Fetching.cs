using Grpc.Core;
using ItsService.Core.Identifiers;
using ItsService.Server.Errors;
using ItsService.Server.Memory.Remote;
using ItsService.Server.Telemetry;

namespace ItsService.Server.Machines;

/// <summary>
/// Remote memory. An operation that needs some which is not there ends its entry and has done nothing; the memory is
/// brought outside the gate, and the operation enters again. Who wrote some is answered when the VMM has it.
/// </summary>
internal sealed partial class VmHost
{
    /// <summary>Runs some of the waiting commands, for <see cref="CommandDrain"/>.</summary>
    public async Task RunSliceAsync(int commandCount)
    {
        try
        {
            await RunSlicesAsync(commandCount);
        }
        catch (Exception exception)
        {
            // Nobody waits for this, and the commands would never be run.
            using var entry = await _gate.EnterAsync(CancellationToken.None);
            if (!_isDeleted && _fault is null)
            {
                Fault(exception);
            }
        }
    }

    private async Task RunSlicesAsync(int commandCount)
    {
        using var fetching = new Fetching(_fetchTurns);
        for (var isFirst = true; true; isFirst = false)
        {
            EntryEnd<Done> end;
            using (await _gate.EnterAsync(CancellationToken.None))
            {
                if (isFirst && _content.IsFetchingForCommands)
                {
                    return;
                }

                _content.IsFetchingForCommands = false;
                if (_isDeleted || _fault is not null || _calls.IsPaused || _stopping.IsCancellationRequested)
                {
                    return;
                }

                try
                {
                    end = Enter<StepOperation, Done>(new StepOperation(commandCount), fetching.Memory);
                }
                catch (RpcException)
                {
                    // The VM is faulted now, and its next caller is told.
                    return;
                }
            }

            if (end.Missing is not { } missing)
            {
                return;
            }

            await FetchForCommandsAsync(fetching, missing);
        }
    }

    // The guest's commands wait as long as its VMM does not answer; those who wait for them have their own patience.
    private async Task FetchForCommandsAsync(Fetching fetching, MissingMemoryException missing)
    {
        try
        {
            await FetchAsync(fetching, missing, CancellationToken.None);
        }
        catch (RpcException)
        {
            MachinesLog.CommandsWaitForMemory(_logger, Name);
            fetching.Forget();
        }
    }

    /// <summary>One entry of an operation, inside the gate.</summary>
    private EntryEnd<TResult> Enter<TOperation, TResult>(in TOperation operation, FetchedMemory? fetched)
        where TOperation : struct, IVmOperation<TResult>
    {
        if (!_content.Memory.HasRemote)
        {
            return new EntryEnd<TResult>(Run<TOperation, TResult>(operation));
        }

        var remote = _content.Memory.Remote;
        remote.BeginEntry();
        if (fetched is not null && fetched.Time != remote.Time)
        {
            fetched.Forget();
            fetched.Time = remote.Time;
        }

        remote.Fetched = fetched;
        try
        {
            var result = Run<TOperation, TResult>(operation);
            return new EntryEnd<TResult>(result, Written: remote.LastWrite);
        }
        catch (MissingMemoryException missing)
        {
            missing.Time = remote.Time;
            missing.Range = InOneRegion(missing.Range);
            missing.Commands = CommandsWith(missing.Range);
            return new EntryEnd<TResult>(default!, missing);
        }
        finally
        {
            remote.Fetched = null;
        }
    }

    private GuestRange? CommandsWith(GuestRange range)
    {
        for (var its = 0; its < _content.Gic.ItsCount; its++)
        {
            var commands = _content.Gic.WaitingCommands(its);
            if (commands.Contains(range))
            {
                var left = commands.LengthBytes - (range.Start.Value - commands.Start.Value);
                return InOneRegion(new GuestRange(
                    range.Start, Math.Min(left, (ulong)_content.Limits.MemoryAccessBytesMax)));
            }
        }

        return null;
    }

    // What the model asks for goes on to the end of a table, and may leave the VMM's memory.
    private GuestRange InOneRegion(GuestRange range) => _content.Memory.Find(range.Start) is { } region
        ? range with { LengthBytes = Math.Min(range.LengthBytes, region.BytesFrom(range.Start)) }
        : range;

    /// <summary>Brings memory, outside the gate.</summary>
    /// <exception cref="RpcException">The VMM does not answer, or what is needed is too much.</exception>
    private async Task FetchAsync(Fetching fetching, MissingMemoryException missing, CancellationToken call)
    {
        var fetched = await TakeFetchTurnAsync(fetching, missing, call);
        if (fetched.Time != missing.Time)
        {
            fetched.Forget();
            fetched.Time = missing.Time;
        }

        var asked = missing.Commands is { } commands
            ? [commands]
            : fetched.ToAskFor(missing.Range, _content.Limits.MemoryAccessBytesMax);
        if (asked is null)
        {
            throw Refusal.Of(Name, new Problem(
                V1.ErrorReason.LimitExceeded, "", "this needs more of the VM's remote memory than one operation may"));
        }

        var beganAt = _content.Telemetry.BeginMemory();
        var requests = _content.Memory.Remote.Requests;
        var reads = new List<(ulong Number, Task<ReadOnlyMemory<byte>?> Bytes)>(asked.Count);
        try
        {
            asked.ForEach(range => reads.Add(requests.AddRead(range)));
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(call, _stopping);
            var limit = TimeSpan.FromMilliseconds(_content.Limits.MemoryAnswerMillisecondsMax);
            var areAllThere = true;
            for (var index = 0; index < reads.Count; index++)
            {
                var bytes = await reads[index].Bytes.WaitAsync(limit, _time, patience.Token);
                areAllThere &= bytes is not null;
                TakeIn(fetched, asked[index], bytes, isCommands: missing.Commands is not null);
            }

            _content.Telemetry.EndMemory(
                MemoryBackend.Remote, MemoryAction.Read, beganAt, areAllThere ? null : VmTelemetry.MemoryFailed);
        }
        catch (TimeoutException)
        {
            _content.Telemetry.EndMemory(
                MemoryBackend.Remote, MemoryAction.Read, beganAt, VmTelemetry.MemoryNotAnswered);
            throw NotAnswered(missing);
        }
        catch (OperationCanceledException) when (call.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "the call ended before it had its memory"));
        }
        catch (OperationCanceledException)
        {
            // The VM is gone, as whoever enters it is told; or the service stops.
            if (_stopping.IsCancellationRequested)
            {
                throw ServiceStop.Unavailable();
            }
        }
        finally
        {
            reads.ForEach(read => requests.Drop(read.Number));
        }
    }

    // Those before it in line wait for the same VMM, and no longer than this may.
    private async ValueTask<FetchedMemory> TakeFetchTurnAsync(
        Fetching fetching, MissingMemoryException missing, CancellationToken call)
    {
        using var limit = new CancellationTokenSource(
            TimeSpan.FromMilliseconds(_content.Limits.MemoryAnswerMillisecondsMax), _time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(call, _stopping, limit.Token);
        try
        {
            return await fetching.TakeTurnAsync(patience.Token);
        }
        catch (RpcException) when (!call.IsCancellationRequested)
        {
            throw _stopping.IsCancellationRequested ? ServiceStop.Unavailable() : NotAnswered(missing);
        }
    }

    private static void TakeIn(
        FetchedMemory fetched, GuestRange asked, ReadOnlyMemory<byte>? bytes, bool isCommands)
    {
        if (isCommands && bytes is { } commands)
        {
            fetched.AddCommands(asked, commands);
        }
        else
        {
            fetched.Add(asked, bytes);
        }
    }

    /// <summary>Ends an operation: others have their turn while its caller waits for its writes.</summary>
    private ValueTask EndAsync(Fetching fetching, ulong written, CancellationToken call)
    {
        fetching.Forget();
        return UntilWrittenAsync(written, call);
    }

    /// <summary>Waits, outside the gate, until the VMM has made the writes of an operation.</summary>
    private async ValueTask UntilWrittenAsync(ulong number, CancellationToken call)
    {
        if (number == 0)
        {
            return;
        }

        var beganAt = _content.Telemetry.BeginMemory();
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(call, _stopping);
            await _content.Memory.Remote.Requests.UntilWritten(number).WaitAsync(
                TimeSpan.FromMilliseconds(_content.Limits.MemoryAnswerMillisecondsMax), _time, patience.Token);
            _content.Telemetry.EndMemory(MemoryBackend.Remote, MemoryAction.Write, beganAt);
        }
        catch (TimeoutException)
        {
            _content.Telemetry.EndMemory(
                MemoryBackend.Remote, MemoryAction.Write, beganAt, VmTelemetry.MemoryNotAnswered);
            throw NotAnswered("it is done, but the VMM has not taken what was written to its remote memory");
        }
        catch (OperationCanceledException) when (!call.IsCancellationRequested)
        {
            throw ServiceStop.Unavailable();
        }
    }

    /// <summary>
    /// The same for all writes so far: who saves the VM, or stops it, finds in its memory what the controller wrote.
    /// </summary>
    private ValueTask UntilAllWrittenAsync(CancellationToken call) => _content.Memory.HasRemote
        ? UntilWrittenAsync(_content.Memory.Remote.Requests.Last, call)
        : ValueTask.CompletedTask;

    private RpcException NotAnswered(MissingMemoryException missing) => NotAnswered(missing.MadeBefore == 0
        ? "the VMM has not answered for its remote memory"
        : $"the first {missing.MadeBefore} accesses are made; for the next the VMM has not answered");

    private RpcException NotAnswered(string what) => Refusal.Of(Name, new Problem(
        V1.ErrorReason.MemoryNotAnswered, "",
        $"{what} within {_content.Limits.MemoryAnswerMillisecondsMax} ms"));
}
