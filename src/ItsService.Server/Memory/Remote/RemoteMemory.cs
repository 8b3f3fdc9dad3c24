using ItsService.Core.Identifiers;
using ItsService.Core.Memory;

namespace ItsService.Server.Memory.Remote;

/// <summary>
/// The guest RAM of one VM that its VMM answers for, inside the VM's gate. Nothing here waits: what an operation reads
/// must have been brought before it, and what it writes is told to the VMM ahead of its answer.
/// </summary>
internal sealed class RemoteMemory(ItsServerLimits limits)
{
    private MemoryRequests? _requests;

    /// <summary>What was brought for the operation that runs now; null for nothing.</summary>
    public FetchedMemory? Fetched { get; set; }

    /// <summary>
    /// Moves on where something has happened after which nothing that was brought before may be used.
    /// </summary>
    public long Time { get; private set; }

    /// <summary>
    /// What the VMM is asked for. Made when it is first needed, in the gate or outside it: who asks and who serves must
    /// have the same.
    /// </summary>
    public MemoryRequests Requests =>
        LazyInitializer.EnsureInitialized(ref _requests, () => new MemoryRequests(limits));

    /// <summary>The number of the last write that the operation which runs now has made; 0 for none.</summary>
    public ulong LastWrite { get; private set; }

    /// <summary>The same for who sees to it that its caller is answered after it.</summary>
    public ulong TakeLastWrite()
    {
        var last = LastWrite;
        LastWrite = 0;
        return last;
    }

    /// <summary>Reads bytes that were brought.</summary>
    public MemoryOutcome Read(GuestAddress address, Span<byte> destination) =>
        Fetched?.TryRead(address, destination) switch
        {
            true => MemoryOutcome.Ok,
            false => MemoryOutcome.Fault,
            null => MemoryOutcome.NotResident(new GuestRange(address, (ulong)destination.Length)),
        };

    /// <summary>Has bytes written.</summary>
    public void Write(GuestAddress address, ReadOnlySpan<byte> source)
    {
        Fetched?.Write(address, source);
        LastWrite = Requests.AddWrite(address, source);
    }

    /// <summary>Whether so many bytes may be written before the VMM has taken those before them.</summary>
    public bool HasRoomFor(ulong count) => Requests.HasRoomFor(count);

    /// <summary>The caller of the operation is to be answered after a write of an entry before this one.</summary>
    public void AnswerAfter(ulong write) => LastWrite = Math.Max(LastWrite, write);

    /// <summary>What was brought may not be used any more.</summary>
    public void Forget() => Time++;

    /// <summary>An operation begins that knows nothing of writes before it.</summary>
    public void BeginEntry() => LastWrite = 0;

    /// <summary>The VM goes.</summary>
    public void Release() => Requests.Close();
}
