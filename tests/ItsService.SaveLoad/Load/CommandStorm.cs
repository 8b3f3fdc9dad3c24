using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;
using ItsService.SaveLoad.Accounts;
using ItsService.SaveLoad.Guests;

namespace ItsService.SaveLoad.Load;

/// <summary>
/// Gives commands to one ITS, batch after batch, and waits for the end of each: in turn by Commands.Submit and as a
/// guest does, through memory and GITS_CWRITER. A batch in whose midst another VM takes over is not given again if the
/// saved state has it in the queue.
/// </summary>
internal sealed class CommandStorm(CommandLog log, Func<List<GuestCommand>> next, LoadSurroundings surroundings)
{
    private const Road OwnRoad = Road.Tcp;
    private static readonly TimeSpan BatchTimeMax = TimeSpan.FromMinutes(1);

    private long _placedAtTakeOver;

    public async Task RunAsync(CancellationToken stop)
    {
        for (var isSubmitted = true; !stop.IsCancellationRequested; isSubmitted = !isSubmitted)
        {
            await GiveAsync(next(), isSubmitted, stop);
        }
    }

    /// <summary>Gives one batch and waits until it is executed.</summary>
    public async Task GiveAsync(List<GuestCommand> batch, bool isSubmitted, CancellationToken stop)
    {
        try
        {
            await log.UntilRoomAsync(batch.Count, stop);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        var first = log.Count;
        log.Begin(batch);
        var given = isSubmitted ? SubmitAsync(first, batch) : PlaceAsync(first, batch);
        await given.WaitAsync(BatchTimeMax, CancellationToken.None);
    }

    /// <summary>Another VM takes over whose queue holds so many of the commands, executed or not.</summary>
    public void NoteTakeOver(QueuePlace place) => Volatile.Write(ref _placedAtTakeOver, place.Placed);

    private async Task SubmitAsync(long first, List<GuestCommand> batch)
    {
        while (true)
        {
            var vm = surroundings.LoadTarget.Current;
            try
            {
                var commands = vm.Over(OwnRoad).Commands(new ItsIndex((uint)log.Its));
                batch.ForEach(command => commands.Raw(command.Dw0, command.Dw1, command.Dw2, command.Dw3));
                Check(first, await commands.SubmitAsync());
                return;
            }
            catch (Exception failure) when (LoadTarget.IsGone(failure))
            {
                if (await WasPlacedAsync(vm, failure))
                {
                    await UntilExecutedAsync();
                    return;
                }
            }
        }
    }

    private async Task PlaceAsync(long first, List<GuestCommand> batch)
    {
        while (true)
        {
            var vm = surroundings.LoadTarget.Current;
            try
            {
                await PlaceAsync(vm.Over(OwnRoad), first, GuestCommand.ToSlots(batch));
                break;
            }
            catch (Exception failure) when (LoadTarget.IsGone(failure))
            {
                if (await WasPlacedAsync(vm, failure))
                {
                    break;
                }
            }
        }

        await UntilExecutedAsync();
    }

    /// <summary>Memory first, in two parts where the queue's end lies between them, then GITS_CWRITER.</summary>
    private async Task PlaceAsync(VmHandle vm, long first, byte[] slots)
    {
        var queue = new GuestAddress(GuestLayout.Queue(log.Its));
        var offset = CommandLog.OffsetOf(first);
        var untilEnd = (int)Math.Min((ulong)slots.Length, GuestLayout.QueueSizeBytes - offset);
        var accesses = vm.Batch();
        accesses.WriteMemory(queue + offset, slots.AsSpan(0, untilEnd));
        if (untilEnd < slots.Length)
        {
            accesses.WriteMemory(queue, slots.AsSpan(untilEnd));
        }

        accesses.Write(RegisterPlace.Named("GITS_CWRITER", (uint)log.Its), AccessSize.Natural, log.WriteOffset);
        await accesses.SendAsync();
    }

    private async Task<bool> WasPlacedAsync(ServedVm gone, Exception failure)
    {
        await surroundings.LoadTarget.UntilAfterAsync(gone, failure);
        return Volatile.Read(ref _placedAtTakeOver) == log.Count;
    }

    private async Task UntilExecutedAsync()
    {
        ulong readOffset;
        do
        {
            var answer = await surroundings.LoadTarget.CallAsync(
                OwnRoad, vm => vm.ReadRegisterAsync(RegisterPlace.Named("GITS_CREADR", (uint)log.Its)));
            readOffset = answer.Value;
        }
        while (readOffset != log.WriteOffset);
    }

    private void Check(long first, CommandResults results)
    {
        for (var index = 0; index < results.All.Count; index++)
        {
            var (result, offset) = (results.All[index], CommandLog.OffsetOf(first + index));
            if (result.Outcome != CommandOutcome.Executed || result.QueueOffset != offset)
            {
                throw new AccountException(
                    $"command {first + index} of ITS {log.Its}, meant for 0x{offset:x}, was submitted to "
                    + $"0x{result.QueueOffset:x} and ended as {result.Outcome} ({result.Message})");
            }
        }
    }
}
