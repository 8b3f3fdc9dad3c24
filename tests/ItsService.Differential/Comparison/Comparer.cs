using ItsService.Differential.Generation;
using ItsService.Differential.KnownDifferences;
using ItsService.Differential.Sides;
using ItsService.Differential.Steps;

namespace ItsService.Differential.Comparison;

/// <summary>
/// Compares the two controllers after a step. A mismatch that a row of the table explains is put right at once, and
/// everything is compared again; any other ends the sequence.
/// </summary>
internal sealed class Comparer(BothSides both, UsedNumbers used, Tally tally)
{
    private const int RoundsMax = 12;

    private readonly IReadOnlyList<ComparedRegister> _live = ComparedRegister.Live(both.CpuCount);
    private readonly RemedyKit _remedies = new(both);

    /// <summary>Compares everything that changes; returns the registers, which are alike then.</summary>
    public async Task<LiveRegisters> CompareAsync(StepContext context, BothRegisters registers, bool isFinal = false)
    {
        tally.CountComparisons(_live.Count);
        for (var round = 0; ; round++)
        {
            registers = await CompareReadPointersAsync(context, registers);
            var found = RegisterMismatches(registers).ToArray();
            if (found.Length == 0)
            {
                found = [.. await TableAndPendingMismatchesAsync(context, registers, isFinal, isFirst: round == 0)];
            }

            if (found.Length == 0)
            {
                return registers.Service;
            }

            foreach (var mismatch in found)
            {
                await PutRightAsync(context, registers, mismatch, isLastRound: round == RoundsMax);
            }

            registers = await both.ObserveAsync();
        }
    }

    /// <summary>Compares a value that the step itself read.</summary>
    public void CompareValue(StepContext context, Mismatch? mismatch)
    {
        tally.CountComparisons(1);
        if (mismatch is not null && tally.Explain(mismatch, context).Count == 0)
        {
            throw new DifferenceException(new Difference(context.Number, context.Step, mismatch));
        }
    }

    private async Task<BothRegisters> CompareReadPointersAsync(StepContext context, BothRegisters registers)
    {
        for (var round = 0; registers.Service.Creadr != registers.Qemu.Creadr;)
        {
            var mismatch = Describe(registers);
            var remedy = await PutRightAsync(context, registers, mismatch, isLastRound: round == RoundsMax);
            // QEMU may stall at each command of a long batch: that comes to an end by itself.
            round += remedy == Remedy.QemuPassesOver ? 0 : 1;
            registers = await both.ObserveAsync();
        }

        return registers;
    }

    private ReadPointerMismatch Describe(BothRegisters registers)
    {
        var (ours, theirs) = (registers.Service, registers.Qemu);
        var mismatch = new ReadPointerMismatch(ours.Creadr, theirs.Creadr)
        {
            ServiceSlotIsOutsideRam = ours.IsStalled
                && !GuestLayout.IsInRam(ours.QueueAddress + ours.ReadOffset, CommandSlot.SizeBytes),
        };
        var slot = theirs.QueueAddress + theirs.ReadOffset;
        if (!theirs.IsStalled || theirs.ReadOffset == theirs.WriteOffset
            || !GuestLayout.IsInRam(slot, CommandSlot.SizeBytes))
        {
            return mismatch;
        }

        var list = new AccessList();
        var place = list.ReadMemory(slot, CommandSlot.SizeBytes);
        var command = CommandSlot.Decode(both.Qemu.Run(list).Bytes(place));
        return mismatch with
        {
            QemuStalledAt = command,
            MeetsEntryOutsideRam = new QemuTables(both.Qemu, theirs).MeetsEntryOutsideRam(command),
        };
    }

    /// <summary>In the last round nothing is explained any more: the remedies have not helped.</summary>
    private async Task<Remedy> PutRightAsync(
        StepContext context, BothRegisters registers, Mismatch mismatch, bool isLastRound)
    {
        var rows = isLastRound ? [] : tally.Explain(mismatch, context);
        if (rows.Count == 0)
        {
            throw new DifferenceException(new Difference(context.Number, context.Step, mismatch));
        }

        await _remedies.ApplyAsync(rows[0].Remedy, mismatch, context, registers);
        return rows[0].Remedy;
    }

    private IEnumerable<Mismatch> RegisterMismatches(BothRegisters registers) =>
        _live.Select((register, place) => new RegisterMismatch(
                register, registers.Service.Values[place], registers.Qemu.Values[place]))
            .Where(mismatch => (mismatch.DifferentBits & mismatch.Register.ComparedBits) != 0);

    private async Task<IReadOnlyList<Mismatch>> TableAndPendingMismatchesAsync(
        StepContext context, BothRegisters registers, bool isFinal, bool isFirst)
    {
        var comparesTables = isFinal || !isFirst || MayHaveMapped(context, registers.Service);
        var reading = comparesTables
            ? Task.Run(() => new QemuTables(both.Qemu, registers.Qemu).Read(used))
            : Task.FromResult(new TableContent());
        var (tables, pending) = await both.Service.DumpAsync();
        var found = new List<Mismatch>();
        if (comparesTables)
        {
            tally.CountComparisons(isFirst ? TableComparison.Count : 0);
            found.AddRange(TableComparison.Compare(tables, await reading));
        }

        tally.CountComparisons(isFirst ? both.CpuCount : 0);
        var comparison = new PendingComparison(both, registers.Service, context.LargestLpiEnd);
        found.AddRange(await comparison.CompareAsync(pending, cpu => isFinal || context.Before.LpisEnabled(cpu)));
        return found;
    }

    private static bool MayHaveMapped(StepContext context, LiveRegisters now) =>
        now.Creadr != context.Before.Creadr || context.Step is WriteStep or MemoryStep or CommandsStep;
}
