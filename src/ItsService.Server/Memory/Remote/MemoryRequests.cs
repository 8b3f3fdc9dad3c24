using ItsService.Core.Identifiers;
using ItsService.Server.Errors;

namespace ItsService.Server.Memory.Remote;

/// <summary>
/// What one VM's VMM is asked for, in order: reads and writes of its guest's memory, until they are answered. They
/// outlive the stream on which they were told; the next one is told all that are not answered.
/// </summary>
internal sealed class MemoryRequests(ItsServerLimits limits)
{
    private const long WrittenBytesMax = 16 << 20;

    // What a request costs besides the bytes in it: there may be very many that write a few.
    private const int RequestBytes = 256;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<ulong, Outstanding> _outstanding = [];
    private readonly LinkedList<Outstanding> _untold = [];

    // Of those that are outstanding.
    private readonly SortedSet<ulong> _writes = [];

    // By the last write that is waited for: one for each, however many wait.
    private readonly SortedDictionary<ulong, TaskCompletionSource> _waiting = [];
    private IMemoryServer? _server;
    private ulong _last;
    private long _writtenBytes;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the VM has gone.</summary>
    public Task Closed => _closed.Task;

    private bool IsClosed => _closed.Task.IsCompleted;

    /// <summary>The number of the last request.</summary>
    public ulong Last
    {
        get
        {
            lock (_lock)
            {
                return _last;
            }
        }
    }

    /// <summary>Whether so many bytes may be written before the VMM has taken those before them.</summary>
    public bool HasRoomFor(ulong count)
    {
        lock (_lock)
        {
            return _writtenBytes + RequestBytes + (long)Math.Min(count, long.MaxValue / 2) <= WrittenBytesMax;
        }
    }

    /// <summary>Has bytes written. Tells the request's number.</summary>
    public ulong AddWrite(GuestAddress address, ReadOnlySpan<byte> bytes)
    {
        var data = Google.Protobuf.ByteString.CopyFrom(bytes);
        var last = 0UL;
        IMemoryServer? server;
        lock (_lock)
        {
            for (var offset = 0; offset < data.Length; offset += limits.MemoryAccessBytesMax)
            {
                var part = data.Length <= limits.MemoryAccessBytesMax
                    ? data
                    : Google.Protobuf.ByteString.CopyFrom(
                        data.Span.Slice(offset, Math.Min(limits.MemoryAccessBytesMax, data.Length - offset)));
                last = Add(new Outstanding(new V1.MemoryRequest
                {
                    Write = new V1.MemoryWriteRequest { Address = address.Value + (ulong)offset, Data = part },
                }));
                _writes.Add(last);
                _writtenBytes += part.Length + RequestBytes;
            }

            server = _server;
        }

        server?.Wake();
        return last;
    }

    /// <summary>Asks for bytes. The task ends with null where there is no such memory.</summary>
    public (ulong Number, Task<ReadOnlyMemory<byte>?> Bytes) AddRead(GuestRange range)
    {
        var read = new Outstanding(new V1.MemoryRequest
        {
            Read = new V1.MemoryReadRequest { Address = range.Start.Value, LengthBytes = range.LengthBytes },
        })
        {
            Bytes = new TaskCompletionSource<ReadOnlyMemory<byte>?>(TaskCreationOptions.RunContinuationsAsynchronously),
        };
        IMemoryServer? server;
        ulong number;
        lock (_lock)
        {
            number = Add(read);
            server = _server;
            if (IsClosed)
            {
                read.Bytes.TrySetCanceled();
            }
        }

        server?.Wake();
        return (number, read.Bytes.Task);
    }

    /// <summary>Nobody waits for a read any more.</summary>
    public void Drop(ulong number)
    {
        lock (_lock)
        {
            if (_outstanding.Remove(number, out var dropped))
            {
                TakeAsTold(dropped);
            }
        }
    }

    /// <summary>Ends when the VMM has made all writes up to one.</summary>
    public Task UntilWritten(ulong number)
    {
        lock (_lock)
        {
            // Zero for none.
            var last = IsClosed || number == 0 ? 0 : _writes.GetViewBetween(1, number).Max;
            if (last == 0)
            {
                return Task.CompletedTask;
            }

            if (!_waiting.TryGetValue(last, out var done))
            {
                done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Add(last, done);
            }

            return done.Task;
        }
    }

    /// <summary>Whether this one serves the memory now.</summary>
    public bool IsServedBy(IMemoryServer server)
    {
        lock (_lock)
        {
            return _server == server;
        }
    }

    /// <summary>Who serves the memory, for a person; null where nobody does but <paramref name="server"/>.</summary>
    public string? HolderBeside(IMemoryServer? server)
    {
        lock (_lock)
        {
            return _server is { } present && present != server ? present.Description : null;
        }
    }

    /// <summary>A VMM says which write it has made last, of those of this VM.</summary>
    /// <exception cref="Grpc.Core.RpcException">It was never asked for that: it means another VM.</exception>
    public void RefuseUnlessAsked(string vmName, string field, ulong made)
    {
        var last = Last;
        if (made > last)
        {
            throw Refusal.Of(vmName, new Problem(
                V1.ErrorReason.WrongSequence, field, $"'{vmName}' has asked for no write {made}")
            {
                Accepted = $"0..{last}; 0 for a VM that was made anew, whose uid is another",
            });
        }
    }

    /// <summary>
    /// From now on <paramref name="server"/> is told what there is to do, beginning with all that is not answered but
    /// for writes that it has made; and nobody else. Inside the gate, so that who serves is known.
    /// </summary>
    /// <param name="server">Who serves.</param>
    /// <param name="made">The last write that it has made.</param>
    public void Serve(IMemoryServer server, ulong made)
    {
        lock (_lock)
        {
            foreach (var (number, request) in _outstanding.Where(pair => pair.Key <= made).ToArray())
            {
                if (request.Bytes is null)
                {
                    End(number, request);
                }
            }

            _server = server;
            ForgetUntold();
            foreach (var request in _outstanding.Values)
            {
                request.Untold = _untold.AddLast(request);
            }
        }

        server.Wake();
    }

    /// <summary>A stream is no more.</summary>
    public void Leave(IMemoryServer server)
    {
        lock (_lock)
        {
            if (_server == server)
            {
                _server = null;
                ForgetUntold();
            }
        }
    }

    /// <summary>The next thing to tell; null when there is none, or somebody else is told.</summary>
    public V1.MemoryRequest? TryTakeNext(IMemoryServer server)
    {
        lock (_lock)
        {
            if (_server != server || _untold.First is not { } next)
            {
                return null;
            }

            TakeAsTold(next.Value);
            return next.Value.Message;
        }
    }

    /// <summary>Takes an answer. One to what nobody waits for any more says nothing.</summary>
    /// <returns>What is wrong with it; null for nothing.</returns>
    public Problem? Take(V1.MemoryAnswer answer)
    {
        lock (_lock)
        {
            if (answer.Id == 0 || answer.Id > _last)
            {
                return new Problem(
                    V1.ErrorReason.UnexpectedMessage, "memory.id", $"there is no request {answer.Id}");
            }

            if (!_outstanding.TryGetValue(answer.Id, out var request))
            {
                return null;
            }

            if (WhyNot(answer, request.Message) is { } problem)
            {
                return problem;
            }

            request.Bytes?.TrySetResult(
                answer.ResultCase == V1.MemoryAnswer.ResultOneofCase.Data
                    ? answer.Data.Memory
                    : (ReadOnlyMemory<byte>?)null);
            End(answer.Id, request);
            return null;
        }
    }

    /// <summary>The VM goes: nobody waits for anything.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed.TrySetResult();
            foreach (var request in _outstanding.Values)
            {
                request.Bytes?.TrySetCanceled();
            }

            _outstanding.Clear();
            _writes.Clear();
            _untold.Clear();
            EndWaits();
        }
    }

    private static Problem? WhyNot(V1.MemoryAnswer answer, V1.MemoryRequest request) =>
        (answer.ResultCase, request.AccessCase) switch
        {
            (V1.MemoryAnswer.ResultOneofCase.Data, V1.MemoryRequest.AccessOneofCase.Read)
                when (ulong)answer.Data.Length != request.Read.LengthBytes => new Problem(
                    V1.ErrorReason.OutOfRange, "memory.data",
                    $"the answer to request {answer.Id} has {answer.Data.Length} bytes")
                {
                    Accepted = $"{request.Read.LengthBytes}",
                },
            (V1.MemoryAnswer.ResultOneofCase.Data, V1.MemoryRequest.AccessOneofCase.Read)
                or (V1.MemoryAnswer.ResultOneofCase.Done, V1.MemoryRequest.AccessOneofCase.Write)
                or (V1.MemoryAnswer.ResultOneofCase.Fault, _) => null,
            _ => new Problem(
                V1.ErrorReason.UnexpectedMessage, "memory.result",
                $"the answer to request {answer.Id} is not of its kind")
            {
                Accepted = request.Read is not null ? "data or fault" : "done or fault",
            },
        };

    private ulong Add(Outstanding request)
    {
        request.Message.Id = ++_last;
        _outstanding.Add(_last, request);
        if (_server is not null)
        {
            request.Untold = _untold.AddLast(request);
        }

        return _last;
    }

    private void End(ulong number, Outstanding request)
    {
        _outstanding.Remove(number);
        TakeAsTold(request);
        if (request.Bytes is null)
        {
            _writes.Remove(number);
            _writtenBytes -= request.Message.Write.Data.Length + RequestBytes;
            EndWaits();
        }
    }

    private void ForgetUntold()
    {
        foreach (var request in _untold)
        {
            request.Untold = null;
        }

        _untold.Clear();
    }

    private void TakeAsTold(Outstanding request)
    {
        if (request.Untold is { } untold)
        {
            _untold.Remove(untold);
            request.Untold = null;
        }
    }

    private void EndWaits()
    {
        var first = _writes.Count > 0 ? _writes.Min : ulong.MaxValue;
        while (_waiting.Count > 0 && _waiting.First() is var (number, done) && number < first)
        {
            _waiting.Remove(number);
            done.TrySetResult();
        }
    }

    private sealed class Outstanding(V1.MemoryRequest message)
    {
        public V1.MemoryRequest Message => message;

        /// <summary>Its place among those that the VMM has not been told; null when it has.</summary>
        public LinkedListNode<Outstanding>? Untold { get; set; }

        /// <summary>Who waits for what is read; null for a write.</summary>
        public TaskCompletionSource<ReadOnlyMemory<byte>?>? Bytes { get; init; }
    }
}
