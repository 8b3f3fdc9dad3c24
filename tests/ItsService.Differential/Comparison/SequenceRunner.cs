using ItsService.Differential.Generation;
using ItsService.Differential.KnownDifferences;
using ItsService.Differential.Sides;
using ItsService.Differential.Steps;

namespace ItsService.Differential.Comparison;

/// <summary>
/// Takes both controllers through a sequence, from the reset state on, and compares them after each step.
/// </summary>
internal sealed class SequenceRunner
{
    private readonly BothSides _both;
    private readonly SequencePlan _plan;
    private readonly Tally _tally;
    private readonly Comparer _comparer;
    private readonly QueueDriver _queue;
    private readonly GuestState _guest = new();
    private LiveRegisters _registers = null!;
    private bool _isLeftOut;

    /// <param name="both">The controllers, the service's new and QEMU's reset.</param>
    /// <param name="plan">The sequence's shape.</param>
    /// <param name="used">The numbers of the whole sequence.</param>
    /// <param name="tally">What is counted.</param>
    /// <param name="canary">What the service gets in place of a command; null to give it the same.</param>
    public SequenceRunner(
        BothSides both, SequencePlan plan, UsedNumbers used, Tally tally, Func<CommandSlot, CommandSlot>? canary)
    {
        _plan = plan;
        _both = both;
        _tally = tally;
        _comparer = new Comparer(both, used, tally);
        _queue = new QueueDriver(_guest, canary);
    }

    /// <exception cref="DifferenceException">They are not alike, and no row explains it.</exception>
    public async Task RunAsync(IReadOnlyList<(int Number, Step Step)> steps)
    {
        if (_both.Qemu.RunsCpus)
        {
            await _both.Service.StartCpusAsync();
        }

        _registers = (await _both.ObserveAsync()).Service;
        await CompareAllAsync(-1, new ReadStep(Places.GitsCtlr, 4));
        await RunWritesAsync(-1, new WriteStep([.. _registers.Cpus.SelectMany(_plan.LpiTables)]));
        foreach (var (number, step) in steps)
        {
            _isLeftOut = false;
            await RunAsync(number, step);
            _tally.Steps++;
            _tally.StepsLeftOut += _isLeftOut ? 1 : 0;
        }

        await CompareAllAsync(steps.Count > 0 ? steps[^1].Number : -1, new ReadStep(Places.GitsCtlr, 4));
        _tally.Sequences++;
    }

    private Task RunAsync(int number, Step step) => step switch
    {
        CommandsStep commands => RunCommandsAsync(number, commands),
        WriteStep writes => RunWritesAsync(number, writes),
        ReadStep read => RunReadAsync(number, read),
        MemoryStep memory => RunMemoryAsync(number, memory),
        ConfigureAllStep all => RunConfigureAllAsync(number, all),
        ConfigureStep configure => RunConfigureAsync(number, configure),
        InvalidateStep invalidate => RunInvalidateAsync(number, invalidate.ByInvall),
        RepairStep repair => RunRepairAsync(number, repair),
        CpuStep cpus => RunCpusAsync(number, cpus),
        _ => throw new ArgumentException($"Unknown step {step}.", nameof(step)),
    };

    /// <summary>In as many rounds as the queue's size asks for.</summary>
    private async Task RunCommandsAsync(int number, CommandsStep step)
    {
        if (QueueDriver.CannotTake(step, _registers))
        {
            _isLeftOut = true;
            return;
        }

        for (var done = 0; done < step.Commands.Count;)
        {
            var list = _queue.Begin(_registers);
            var forService = _queue.Begin(_registers);
            var count = _queue.Put(step, done, _registers, list, forService);
            if (count == 0)
            {
                _isLeftOut = done == 0;
                return;
            }

            var control = step.ReadsControl ? list.Read(Places.GitsCtlr, 4) : default;
            if (step.ReadsControl)
            {
                forService.Read(Places.GitsCtlr, 4);
            }

            var context = Context(number, step);
            var (results, registers) = await _both.RunAndObserveAsync(list, forService);
            if (step.ReadsControl)
            {
                _comparer.CompareValue(context, Access(Places.GitsCtlr, 4, results, control));
            }

            var before = _registers;
            await SettleAsync(context, registers);
            _tally.Commands += QueueDriver.CountConsumed(before, _registers);
            done += count;
            if (!_registers.QueueRuns)
            {
                return;
            }
        }
    }

    private async Task RunWritesAsync(int number, WriteStep step)
    {
        if (step.Writes.Any(MustNotBeMade))
        {
            _isLeftOut = true;
            return;
        }

        var list = _queue.Begin(_registers);
        foreach (var write in step.Writes)
        {
            list.Write(write.Address, write.SizeBytes, write.Value);
        }

        await RunAndSettleAsync(Context(number, step), list);
    }

    /// <summary>
    /// Writes after which nothing could be compared: QEMU's devices are no memory for what is pending, and to make QEMU
    /// stalled again after it has taken a value for GITS_CREADR is not always possible.
    /// </summary>
    private bool MustNotBeMade(RegisterWrite write) =>
        (_registers.IsStalled && write.Touches(Places.GitsCreadr, 8))
        || _registers.Cpus.Any(cpu => !_registers.LpisEnabled(cpu)
            && (write.Touches(Places.GicrPendbaser(cpu), 8) || write.Touches(Places.GicrPropbaser(cpu), 8))
            && !GuestLayout.IsRamOrHole(write.Value & 0xF_FFFF_FFFF_0000));

    private async Task RunReadAsync(int number, ReadStep step)
    {
        var list = _queue.Begin(_registers);
        var place = list.Read(step.Address, step.SizeBytes);
        var context = Context(number, step);
        var (results, registers) = await _both.RunAndObserveAsync(list, list);
        _comparer.CompareValue(context, Access(step.Address, step.SizeBytes, results, place));
        await SettleAsync(context, registers);
    }

    private async Task RunMemoryAsync(int number, MemoryStep step)
    {
        var list = _queue.Begin(_registers);
        int[] places = [.. step.Doublewords.Select(doubleword => list.ReadMemory(doubleword.Address, sizeof(ulong)))];
        foreach (var (address, value) in step.Doublewords)
        {
            list.WriteMemory(address, value);
        }

        var context = Context(number, step);
        var (results, registers) = await _both.RunAndObserveAsync(list, list);
        context.Overwritten =
        [
            .. step.Doublewords.Zip(places, (doubleword, place) =>
                (doubleword.Address, results.Service.Doubleword(place))),
        ];
        await SettleAsync(context, registers);
    }

    private Task RunConfigureAllAsync(int number, ConfigureAllStep step)
    {
        var list = _queue.Begin(_registers);
        list.WriteMemory(GuestLayout.ConfigurationTable, step.Table());
        return RunAndSettleAsync(Context(number, step), list);
    }

    private Task RunConfigureAsync(int number, ConfigureStep step)
    {
        var list = _queue.Begin(_registers);
        foreach (var (lpi, value) in step.Changes)
        {
            list.WriteMemory(GuestLayout.ConfigurationTable + lpi - 8192, [value]);
            _guest.StaleLpis.Add(lpi);
        }

        return RunAndSettleAsync(Context(number, step), list);
    }

    private async Task RunInvalidateAsync(int number, bool byInvall)
    {
        if (!_registers.QueueRuns || _guest.StaleLpis.Count == 0)
        {
            _isLeftOut = true;
            return;
        }

        var (tables, pending) = await _both.Service.DumpAsync();
        var invalidation = new Invalidation(tables, pending, _guest.StaleLpis);
        await RunCommandsAsync(number, invalidation.Commands(byInvall));
        if (_registers.QueueRuns)
        {
            _guest.StaleLpis.IntersectWith(invalidation.OutOfReach().ToArray());
        }
    }

    private async Task RunRepairAsync(int number, RepairStep step)
    {
        var slot = _registers.QueueAddress + _registers.ReadOffset;
        if (!_registers.IsStalled || !GuestLayout.IsInRam(slot, CommandSlot.SizeBytes))
        {
            _isLeftOut = true;
            return;
        }

        var list = _queue.Begin(_registers);
        list.WriteMemory(slot, CommandSlot.Encode(CommandSlot.Sync(0)));
        if (step.Resumption != Resumption.None)
        {
            list.Write(
                Places.GitsCwriter, 8, _registers.Cwriter | (step.Resumption == Resumption.Retry ? 1UL : 0));
        }

        await RunAndSettleAsync(Context(number, step), list);
    }

    /// <summary>What is taken depends on the configurations, so that they must be known to both.</summary>
    private async Task RunCpusAsync(int number, CpuStep step)
    {
        if (step.Acknowledges && _guest.StaleLpis.Count > 0)
        {
            await RunInvalidateAsync(number, byInvall: true);
        }

        if (!_both.Qemu.RunsCpus || (step.Acknowledges && _guest.StaleLpis.Count > 0))
        {
            _isLeftOut = true;
            return;
        }

        var context = Context(number, step);
        await new CpuComparison(_both).RunAsync(step, mismatch => _comparer.CompareValue(context, mismatch));
        await SettleAsync(context, await _both.ObserveAsync());
    }

    private async Task RunAndSettleAsync(StepContext context, AccessList list) =>
        await SettleAsync(context, (await _both.RunAndObserveAsync(list, list)).Registers);

    private async Task SettleAsync(StepContext context, BothRegisters registers)
    {
        _registers = await _comparer.CompareAsync(context, registers);
        _guest.Follow(context.Step, context.Before, _registers);
    }

    /// <summary>Every register that is defined, all that is mapped, all that is pending.</summary>
    private async Task CompareAllAsync(int number, Step step)
    {
        var context = Context(number, step);
        var list = _queue.Begin(_registers);
        ComparedRegister[] defined =
            [.. ComparedRegister.Fixed(_both.CpuCount), .. ComparedRegister.Direct(_both.CpuCount)];
        int[] places = [.. defined.Select(register => list.Read(register.Address, register.SizeBytes))];
        var (results, registers) = await _both.RunAndObserveAsync(list, list);
        for (var index = 0; index < defined.Length; index++)
        {
            var (ours, theirs) = (results.Service.Value(places[index]), results.Qemu.Value(places[index]));
            _comparer.CompareValue(context, ((ours ^ theirs) & defined[index].ComparedBits) != 0
                ? new RegisterMismatch(defined[index], ours, theirs)
                : null);
        }

        _registers = await _comparer.CompareAsync(context, registers, isFinal: true);
    }

    private StepContext Context(int number, Step step) => new(number, step, _registers)
    {
        PendingTableZero = new HashSet<int>(_guest.PendingTableZero),
        StaleLpis = _guest.StaleLpis,
        LargestLpiEnd = _guest.LargestLpiEnd,
    };

    private static AccessMismatch? Access(ulong address, int sizeBytes, BothResults results, int place)
    {
        var (ours, theirs) = (results.Service.Value(place), results.Qemu.Value(place));
        return ours == theirs ? null : new AccessMismatch(address, sizeBytes, ours, theirs);
    }
}
