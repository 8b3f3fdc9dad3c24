using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.State;

/// <summary>
/// A guest that runs a script, one step of the controller at a time: it keeps the queue full, repairs slots at which a
/// strict queue has stalled, and notes which slots are read and with which errors.
/// </summary>
internal sealed class ScriptRun(Guest guest, ScriptBeat[] script, int beat = 0, int published = 0)
{
    private const int WaitingMax = 100;
    private const int BeatsMax = 3 * CommandScript.Length;

    public Guest Guest { get; } = guest;

    public int Beat { get; private set; } = beat;

    /// <summary>How many commands of the script are in the queue or were.</summary>
    public int Published { get; private set; } = published;

    /// <summary>The slots that were read, with what stood there; and the errors, each as a number by itself.</summary>
    public List<(ulong Slot, ulong Dw0, ulong Dw1, ulong Dw2)> Trace { get; } = [];

    public bool IsOver
    {
        get
        {
            var waiting = 0;
            for (var its = 0; its < Guest.Options.ItsCount; its++)
            {
                waiting += CountWaiting(its);
            }

            return Published == script.Length && waiting == 0;
        }
    }

    /// <summary>The same guest from the same beat on, on another controller.</summary>
    public ScriptRun ContinueOn(Guest other) => new(other, script, Beat, Published);

    public ScriptRun ToEnd()
    {
        while (!IsOver)
        {
            Next();
            Assert.True(Beat < BeatsMax, "the script does not end");
        }

        return this;
    }

    public void Next()
    {
        Repair();
        Publish();
        if (Beat < script.Length)
        {
            foreach (var action in script[Beat].Before)
            {
                action(Guest);
            }
        }

        Guest.Accesses.StartRecording();
        Guest.Gic.Step(1);
        foreach (var fetch in Guest.Accesses.StopRecording())
        {
            if (!IsFetch(fetch))
            {
                continue;
            }

            var address = fetch.Range.Start.Value;
            Trace.Add((address, Guest.Read64(address), Guest.Read64(address + 8), Guest.Read64(address + 16)));
        }

        foreach (var error in Guest.TakeErrors())
        {
            Trace.Add(((ulong)error, 0, 0, 0));
        }

        Beat++;
    }

    public static bool IsFetch(MemoryAccess access) =>
        access is { IsWrite: false, Range.LengthBytes: GuestCommand.SizeBytes };

    private void Publish()
    {
        while (Published < script.Length && CountWaiting(script[Published].Its) < WaitingMax)
        {
            var (its, command, _) = script[Published];
            Guest.Publish(its, command);
            Published++;
        }
    }

    private void Repair()
    {
        for (var its = 0; its < Guest.Options.ItsCount; its++)
        {
            var queue = Guest.Gic.Inspection.Its(its);
            if (queue.IsStalled)
            {
                Guest.WriteCommand(Places.Queue(its) + queue.ReadOffset, GuestCommand.Sync(0));
                Guest.Gits(its).Write64(GitsOffset.Cwriter, Guest.Cwriter(its) | 1);
            }
        }
    }

    private int CountWaiting(int its)
    {
        var queue = Guest.Gic.Inspection.Its(its);
        return (int)((queue.WriteOffset + queue.QueueSizeBytes - queue.ReadOffset) % queue.QueueSizeBytes)
            / GuestCommand.SizeBytes;
    }
}
