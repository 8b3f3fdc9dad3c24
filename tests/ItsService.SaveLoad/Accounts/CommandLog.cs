using ItsService.Protocol.V1;
using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Accounts;

/// <summary>How many commands an ITS has executed by some instant, and how many stood in its queue then.</summary>
/// <param name="Executed">All until GITS_CREADR.</param>
/// <param name="Placed">All until GITS_CWRITER.</param>
internal readonly record struct QueuePlace(long Executed, long Placed);

/// <summary>
/// All commands that were given to one ITS, in order, so that the two pointers in a saved state tell which of them were
/// executed. They are given batch by batch, by one caller; the last batch may or may not be in the queue.
/// </summary>
internal sealed class CommandLog(int its, int eventCount, Pulse pulse)
{
    private readonly Lock _lock = new();
    private readonly List<GuestCommand> _commands = [];
    private readonly List<long> _ends = [0];
    private readonly CommandCounts _folded = new(eventCount);
    private long _count;
    private long _firstKept;
    private long _openedAt;
    private long _settledPlace;

    /// <summary>Which ITS.</summary>
    public int Its => its;

    /// <summary>How many commands were given, those of the last batch among them.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The GITS_CWRITER behind the last batch.</summary>
    public ulong WriteOffset => OffsetOf(Count);

    /// <summary>Where in the queue a command lies.</summary>
    public static ulong OffsetOf(long command) =>
        (ulong)(command % GuestLayout.SlotCount) * GuestCommand.SizeBytes;

    /// <summary>
    /// Waits until so many more commands leave no doubt, in a save that has begun, which lap of the queue its pointers
    /// are on.
    /// </summary>
    public async Task UntilRoomAsync(int commandCount, CancellationToken stop)
    {
        for (var next = pulse.Next; !HasRoom(commandCount); next = pulse.Next)
        {
            await next.WaitAsync(stop);
        }
    }

    /// <summary>Takes the next batch in, before it is given to the ITS; the command before it is executed.</summary>
    public void Begin(IReadOnlyList<GuestCommand> batch)
    {
        lock (_lock)
        {
            _commands.AddRange(batch);
            _count += batch.Count;
            _ends.Add(_count);
        }

        pulse.Beat();
    }

    /// <summary>A save begins: what it shows is not older than this.</summary>
    public void Open()
    {
        lock (_lock)
        {
            // The last batch may not be in the queue; the one before is.
            _openedAt = _ends.Count > 1 ? _ends[^2] : 0;
            _ends.RemoveAll(end => end < _openedAt);
            var foldable = (int)(_settledPlace - _firstKept);
            _folded.Add(_commands.Take(foldable));
            _commands.RemoveRange(0, foldable);
            _firstKept += foldable;
        }

        pulse.Beat();
    }

    /// <summary>Where the pointers of a saved state stand among the commands.</summary>
    public QueuePlace PlaceOf(SavedIts saved)
    {
        lock (_lock)
        {
            var inFlight = ((long)saved.WriteOffset - saved.ReadOffset + GuestLayout.QueueSizeBytes)
                % GuestLayout.QueueSizeBytes / GuestCommand.SizeBytes;
            foreach (var end in _ends)
            {
                if (OffsetOf(end) == saved.WriteOffset && end - inFlight >= _firstKept)
                {
                    return new QueuePlace(end - inFlight, end);
                }
            }

            throw new AccountException(
                $"GITS_CREADR 0x{saved.ReadOffset:x} and GITS_CWRITER 0x{saved.WriteOffset:x} of ITS {its} in the "
                + $"saved state are where no batch ends; the last ends are {string.Join(", ", _ends)}");
        }
    }

    /// <summary>What is known to have been executed need not be kept one by one from the next opening on.</summary>
    public void Settle(QueuePlace place)
    {
        lock (_lock)
        {
            _settledPlace = Math.Max(_settledPlace, place.Executed);
        }
    }

    /// <summary>What the first so many commands were.</summary>
    public CommandCounts CountsUntil(long command)
    {
        lock (_lock)
        {
            var counts = _folded.Copy();
            counts.Add(_commands.Take((int)(command - _firstKept)));
            return counts;
        }
    }

    /// <summary>The commands between the two pointers.</summary>
    public List<GuestCommand> InFlight(QueuePlace place)
    {
        lock (_lock)
        {
            return _commands.GetRange((int)(place.Executed - _firstKept), (int)(place.Placed - place.Executed));
        }
    }

    private bool HasRoom(int commandCount)
    {
        lock (_lock)
        {
            return Count + commandCount - _openedAt < GuestLayout.SlotCount;
        }
    }
}
