using Grpc.Core;

namespace ItsService.Server.Machines;

/// <summary>
/// Lets one at a time into a VM. Who finds it free enters at once, on the thread that came, for an atomic instruction;
/// who does not waits in the order of coming and holds no thread: calls that wait for one VM take nothing from others.
/// </summary>
internal sealed class VmGate
{
    private const int Free = 0;
    private const int Held = 1;

    // Who leaves must look whether somebody waits. Nobody gets past those who do: it is handed from one to the next.
    private const int HeldAndAwaited = 2;

    private readonly Lock _waitersLock = new();
    private readonly LinkedList<Waiter> _waiters = [];
    private int _state;

    /// <summary>How many stand in line.</summary>
    public int InLineCount
    {
        get
        {
            lock (_waitersLock)
            {
                return _waiters.Count;
            }
        }
    }

    /// <summary>Enters if nobody is inside. Who has entered calls <see cref="Leave"/>.</summary>
    public bool TryEnter() => Interlocked.CompareExchange(ref _state, Held, Free) == Free;

    /// <summary>Enters, as soon as all who came before have left; disposing of the result leaves.</summary>
    /// <exception cref="RpcException">The call ended before, and has not entered.</exception>
    public ValueTask<Entry> EnterAsync(CancellationToken call) =>
        TryEnter() || TryEnterSoon() ? new ValueTask<Entry>(new Entry(this)) : WaitAsync(call);

    /// <summary>Lets the next one in.</summary>
    public void Leave()
    {
        if (Interlocked.CompareExchange(ref _state, Free, Held) != Held)
        {
            HandOver();
        }
    }

    // Most entries are shorter than the way through the thread pool.
    private bool TryEnterSoon()
    {
        var spin = default(SpinWait);
        while (!spin.NextSpinWillYield && Volatile.Read(ref _state) != HeldAndAwaited)
        {
            spin.SpinOnce(sleep1Threshold: -1);
            if (TryEnter())
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<Entry> WaitAsync(CancellationToken call)
    {
        if (Enqueue() is { } waiter)
        {
            using var registration = call.UnsafeRegister(static waiter => ((Waiter)waiter!).GiveUp(), waiter);
            if (!await waiter.Task)
            {
                throw Ended();
            }
        }

        if (call.IsCancellationRequested)
        {
            Leave();
            throw Ended();
        }

        return new Entry(this);
    }

    // Null when it was left meanwhile, and has been entered.
    private Waiter? Enqueue()
    {
        lock (_waitersLock)
        {
            if (Interlocked.Exchange(ref _state, HeldAndAwaited) == Free)
            {
                return null;
            }

            var waiter = new Waiter(this);
            waiter.Place = _waiters.AddLast(waiter);
            return waiter;
        }
    }

    private void HandOver()
    {
        Waiter next;
        lock (_waitersLock)
        {
            if (_waiters.First is not { } first)
            {
                Volatile.Write(ref _state, Free);
                return;
            }

            next = first.Value;
            _waiters.RemoveFirst();
        }

        next.SetResult(true);
    }

    private static RpcException Ended() =>
        new(new Status(StatusCode.Cancelled, "the call ended while it waited for its turn at the VM"));

    /// <summary>The right to be inside.</summary>
    public readonly struct Entry(VmGate gate) : IDisposable
    {
        /// <summary>Leaves.</summary>
        public void Dispose() => gate.Leave();
    }

    /// <summary>Ends with true inside the gate, and with false when its call ended before.</summary>
    private sealed class Waiter(VmGate gate)
        : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public LinkedListNode<Waiter>? Place { get; set; }

        public void GiveUp()
        {
            lock (gate._waitersLock)
            {
                if (Place?.List is null)
                {
                    // It has been let in.
                    return;
                }

                gate._waiters.Remove(Place);
            }

            SetResult(false);
        }
    }
}
