using System.Buffers.Binary;
using ItsService.Client;
using ItsService.Protocol.V1;
using ItsService.SaveLoad.Accounts;
using ItsService.SaveLoad.Guests;
using ItsService.SaveLoad.Load;
using ItsService.SaveLoad.Saves;

namespace ItsService.SaveLoad.Running;

/// <summary>
/// Save after save under load. Three of four leave the VM Paused, so that all callers wait and every count is exact.
/// The others let it run on, and what the callers did meanwhile bounds the counts.
/// </summary>
internal sealed class SaveRounds
{
    private const int MessagesBetweenMax = 80;
    private const int CommandsBetweenMax = 400;
    private static readonly TimeSpan DrainTime = TimeSpan.FromMinutes(1);

    private readonly RunPlan _plan;
    private readonly RunFigures _figures;
    private readonly VmPair _vms;
    private readonly EventPlan _events;
    private readonly Books _books;
    private readonly Pulse _pulse;
    private readonly CommandStorm[] _storms;
    private readonly RestoreCheck _restores;
    private readonly VmAccount _account;
    private readonly Random _random;

    public SaveRounds(
        RunPlan plan,
        RunFigures figures,
        VmPair vms,
        EventPlan events,
        Books books,
        Pulse pulse,
        CommandStorm[] storms)
    {
        (_plan, _figures, _vms, _events) = (plan, figures, vms, events);
        (_books, _pulse, _storms) = (books, pulse, storms);
        _restores = new RestoreCheck(events, plan.Faults);
        _account = new VmAccount(events);
        _random = new Random(LoadRun.SeedFor(plan.Seed, purpose: -1));
    }

    /// <summary>Saves, unless it is refused because commands are in flight, and checks what was saved.</summary>
    public async Task RoundAsync()
    {
        var options = new SaveOptions
        {
            InFlight = _plan.Policy,
            DrainDeadline = _plan.Policy == InFlightPolicy.Drain ? DrainTime : null,
            StayPaused = _figures.SaveCount % 4 != 3,
            OmitTables = _random.Next(2) == 0,
        };
        await UntilThereIsLoadAsync();
        _books.Open();
        if (await TrySaveAsync(options) is not { } saved)
        {
            return;
        }

        var places = saved.Places(_books.Commands);
        Count(saved, options, places);
        if (options.StayPaused)
        {
            await CheckAndGoOnAsync(saved, places);
        }
        else
        {
            await CheckBoundsAsync(saved, places);
            var memory = await MemoryImage.ReadAsync(_vms.Vm, _events, saved);
            await RestoreCheck.RestoreAsync(memory, _vms.Spare, saved);
            await RunSpareToEndAsync(saved, places);
        }

        foreach (var (log, place) in _books.Commands.Zip(places))
        {
            log.Settle(place);
        }
    }

    /// <summary>When all callers have stopped: the account closes, and what is pending is acknowledged.</summary>
    public async Task EndAsync()
    {
        _books.Open();
        var saved = new SavedController(await _vms.Vm.SaveAsync(new SaveOptions { StayPaused = true }));
        var places = saved.Places(_books.Commands);
        var executed = Executed(places);
        await CheckExactAsync(saved, executed);
        await _vms.Vm.ResumeAsync();
        var takenCount = await PendingDrain.TakeAllAsync(_vms.Vm, _events, saved);
        var left = new SavedController(await _vms.Vm.SaveAsync());
        if (left.Pending.Any() || saved.Summary.InFlightCommands > 0)
        {
            throw new AccountException("something is pending or in flight when all of it has been taken");
        }

        _figures.AcknowledgedCount += takenCount;
    }

    /// <summary>
    /// Waits for some messages and commands after the save before, which may have come at once in a VM that took over.
    /// </summary>
    private Task UntilThereIsLoadAsync()
    {
        var sentCount = _books.SentCount + _random.Next(MessagesBetweenMax);
        var commandCount = _books.CommandCount + _random.Next(CommandsBetweenMax);
        return _pulse.UntilAsync(
            () => _books.SentCount >= sentCount && _books.CommandCount >= commandCount,
            "there are messages and commands");
    }

    private async Task<SavedController?> TrySaveAsync(SaveOptions options)
    {
        try
        {
            return new SavedController(await _vms.Vm.SaveAsync(options));
        }
        catch (ItsServiceException refusal) when (_plan.Policy == InFlightPolicy.Refuse
            && refusal.Reason == ErrorReason.CommandsInFlight)
        {
            _figures.RefusedCount++;
            return null;
        }
    }

    private void Count(SavedController saved, SaveOptions options, IReadOnlyList<QueuePlace> places)
    {
        var inFlightCount = places.Sum(place => place.Placed - place.Executed);
        if (inFlightCount > 0 && _plan.Policy != InFlightPolicy.Carry)
        {
            throw new AccountException($"{inFlightCount} commands are in flight in a state saved with {_plan.Policy}");
        }

        _figures.SaveCount++;
        _figures.PausedSaveCount += options.StayPaused ? 1 : 0;
        _figures.CarryingSaveCount += inFlightCount > 0 ? 1 : 0;
        _figures.CarriedCommandCount += inFlightCount;
        _figures.SavedPendingCount += saved.Pending.Count();
    }

    private async Task CheckAndGoOnAsync(SavedController saved, IReadOnlyList<QueuePlace> places)
    {
        var executed = Executed(places);
        var leftOver = await CheckExactAsync(saved, executed);
        var memory = await MemoryImage.ReadAsync(_vms.Vm, _events, saved);
        if (_plan.Successor == Successor.Saved)
        {
            await RestoreCheck.RestoreAsync(memory, _vms.Spare, saved);
            await _vms.Vm.ResumeAsync();
            await RunSpareToEndAsync(saved, places);
            return;
        }

        if (_plan.Successor == Successor.Restarted)
        {
            await _vms.RestartAsync();
        }

        await RestoreCheck.RestoreAsync(memory, _vms.Spare, saved);
        _account.Begin(await ServiceTotals.OfAsync(_vms.Spare), _books.SentCount, executed, leftOver);
        foreach (var (storm, place) in _storms.Zip(places))
        {
            storm.NoteTakeOver(place);
        }

        _figures.RestoreCount++;
        _figures.TakeOverCount++;
        await _vms.TakeOverAsync(_plan.Faults.BeforeLoadAsync);
    }

    private async Task RunSpareToEndAsync(SavedController saved, IReadOnlyList<QueuePlace> places)
    {
        List<GuestCommand> inFlight =
            [.. _books.Commands.Zip(places).SelectMany(pair => pair.First.InFlight(pair.Second))];
        _figures.RestoredAcknowledgedCount += await _restores.RunToEndAsync(_vms.Spare, saved, inFlight);
        _figures.RestoreCount++;
    }

    /// <summary>
    /// Waits until every answer has come that was given before the VM was Paused, which the service's totals and the
    /// acknowledgers' marks tell; then nothing is left in doubt.
    /// </summary>
    private async Task<long[]> CheckExactAsync(SavedController saved, CommandCounts executed)
    {
        var told = await ServiceTotals.OfAsync(_vms.Vm);
        var sentCount = _account.SentBy(told);
        await _pulse.UntilAsync(() => _books.SentCount >= sentCount, $"the senders were told of {sentCount} messages");
        if (_books.SentCount != sentCount)
        {
            throw new AccountException($"the senders count {_books.SentCount} messages, the service {sentCount}");
        }

        await WaitForMarksAsync();
        var counts = _books.Now();
        var leftOver = AccountCheck.Check(_events, new Counted(counts, counts), executed, saved.Pending);
        _account.Check(told, executed, leftOver);
        Count(counts, executed, leftOver);
        return leftOver;
    }

    private async Task WaitForMarksAsync()
    {
        var marks = await _vms.Vm.ReadMemoryAsync(
            GuestLayout.Mark(0), GuestLayout.VcpuCount * sizeof(ulong));
        for (var vcpu = 0; vcpu < GuestLayout.VcpuCount; vcpu++)
        {
            var mark = BinaryPrimitives.ReadInt64LittleEndian(marks.AsSpan(vcpu * sizeof(ulong)));
            var book = _books.Acknowledgers[vcpu];
            await _pulse.UntilAsync(() => book.EndedCount >= mark, $"{book.Caller} was answered {mark} times");
            if (book.EndedCount != mark)
            {
                throw new AccountException(
                    $"{book.Caller} was answered {book.EndedCount} times, and the guest's memory has {mark}");
            }
        }
    }

    private async Task CheckBoundsAsync(SavedController saved, IReadOnlyList<QueuePlace> places)
    {
        var begun = _books.All.ToDictionary(book => book, book => book.BegunCount);
        await _pulse.UntilAsync(
            () => begun.All(entry => entry.Key.EndedCount >= entry.Value),
            "all calls were answered that had been made when a save ended");
        var counted = new Counted(_books.AtOpening(), _books.Until(begun));
        AccountCheck.Check(_events, counted, Executed(places), saved.Pending);
    }

    private CommandCounts Executed(IReadOnlyList<QueuePlace> places)
    {
        var executed = new CommandCounts(_events.Events.Count);
        foreach (var (log, place) in _books.Commands.Zip(places))
        {
            executed.Add(log.CountsUntil(place.Executed));
        }

        return executed;
    }

    private void Count(EventCounts[] counts, CommandCounts executed, long[] leftOver)
    {
        _figures.PendedCount = counts.Sum(count => count.Pended);
        _figures.CoalescedCount = counts.Sum(count => count.Coalesced);
        _figures.AcknowledgedCount = counts.Sum(count => count.Acknowledged);
        _figures.CommandCount = executed.Total;
        _figures.IntCount = executed.ByOpcode.GetValueOrDefault(Opcode.Int);
        _figures.IntCoalescedCount = _events.Events
            .Where(accounted => accounted.Rule == EventRule.Interrupted).Sum(accounted => leftOver[accounted.Index]);
        _figures.ClearedCount = leftOver.Sum() - _figures.IntCoalescedCount;
    }
}
