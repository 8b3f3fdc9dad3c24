using System.Diagnostics;
using ItsService.Client;
using ItsService.SaveLoad.Accounts;
using ItsService.SaveLoad.Guests;
using ItsService.SaveLoad.Load;

namespace ItsService.SaveLoad.Running;

/// <summary>
/// One run: a server, a VM with its load, and save after save. It ends at the first thing that does not add up.
/// </summary>
internal sealed class LoadRun
{
    private readonly RunPlan _plan;
    private readonly Action<RunFigures> _afterSave;
    private readonly RunFigures _figures;
    private readonly EventPlan _events;
    private readonly Pulse _pulse = new();
    private readonly Books _books;
    private readonly Stopwatch _watch = new();

    private LoadRun(RunPlan plan, Action<RunFigures> afterSave)
    {
        (_plan, _afterSave, _figures) = (plan, afterSave, new RunFigures(plan));
        _events = new EventPlan(plan.SenderCount, plan.IsOneOutstanding);
        _books = new Books(_events, _pulse);
    }

    /// <summary>Makes the run. Returns what it came to, be it good or not.</summary>
    /// <param name="plan">What it does.</param>
    /// <param name="afterSave">Is shown the figures as they are after each save.</param>
    public static async Task<RunFigures> ExecuteAsync(RunPlan plan, Action<RunFigures> afterSave)
    {
        var run = new LoadRun(plan, afterSave);
        var directory = Directory.CreateTempSubdirectory("its-save-load-");
        try
        {
            await run.ExecuteAsync(Path.Combine(directory.FullName, "its.sock"));
        }
        catch (Exception failure) when (failure is AccountException or ItsServiceException or TimeoutException
            or IOException)
        {
            run._figures.Mismatch = failure.Message;
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        return run._figures;
    }

    private async Task ExecuteAsync(string socketPath)
    {
        await using var vms = await VmPair.OpenAsync(socketPath);
        var surroundings = new LoadSurroundings(
            vms.LoadTarget, _books, new Outstanding(_events.Events.Count, _pulse), _pulse, _plan.Faults);
        CommandStorm[] storms = [.. _books.Commands.Select(log => StormOn(log, surroundings))];
        await GuestBoot.SetUpAsync(vms.Vm, _events);
        foreach (var storm in storms.Index())
        {
            await storm.Item.GiveAsync(
                GuestBoot.Commands(_events, storm.Index), isSubmitted: true, CancellationToken.None);
        }

        var saves = new SaveRounds(_plan, _figures, vms, _events, _books, _pulse, storms);
        using var stop = new CancellationTokenSource();
        Task[] callers = [.. StartCallers(surroundings, storms, stop.Token)];
        try
        {
            await RunAsync(saves, callers);
            await stop.CancelAsync();
            await Task.WhenAll(callers).WaitAsync(TimeSpan.FromMinutes(1));
            await saves.EndAsync();
        }
        finally
        {
            _figures.Elapsed = _watch.Elapsed;
            await stop.CancelAsync();
            vms.Close();
            await Task.WhenAll(callers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync(SaveRounds saves, Task[] callers)
    {
        _watch.Start();
        // No caller ends by itself: the first that does has met something that must not be.
        var firstToEnd = Task.WhenAny(callers);
        while (_figures.SaveCount < _plan.SaveCount || _watch.Elapsed < _plan.Time)
        {
            var round = saves.RoundAsync();
            if (await Task.WhenAny(round, firstToEnd) != round)
            {
                await await firstToEnd;
            }

            await round;
            _figures.Elapsed = _watch.Elapsed;
            _afterSave(_figures);
        }
    }

    private CommandStorm StormOn(CommandLog log, LoadSurroundings surroundings)
    {
        var random = new Random(SeedFor(_plan.Seed, log.Its));
        var mix = new StormMix(log.Its, _events, surroundings.Outstanding, random);
        return new CommandStorm(log, mix.Next, surroundings);
    }

    private IEnumerable<Task> StartCallers(
        LoadSurroundings surroundings, CommandStorm[] storms, CancellationToken stop)
    {
        foreach (var storm in storms)
        {
            yield return Task.Run(() => storm.RunAsync(stop), CancellationToken.None);
        }

        for (var vcpu = 0; vcpu < GuestLayout.VcpuCount; vcpu++)
        {
            var acknowledger = new Acknowledger(vcpu, _events, surroundings);
            yield return Task.Run(() => acknowledger.RunAsync(stop), CancellationToken.None);
        }

        for (var number = 0; number < _plan.SenderCount; number++)
        {
            var sender = new Sender(number, _events, surroundings);
            yield return Task.Run(() => sender.RunAsync(stop), CancellationToken.None);
        }
    }

    /// <summary>A seed for each purpose, the same in every process.</summary>
    internal static int SeedFor(ulong seed, int purpose) =>
        (int)(((seed * 0x9E37_79B9_7F4A_7C15) + ((ulong)purpose * 0xBF58_476D_1CE4_E5B9)) >> 33);
}
