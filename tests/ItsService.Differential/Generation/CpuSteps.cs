using ItsService.Differential.Steps;
using ItsService.Qtest;

namespace ItsService.Differential.Generation;

/// <summary>What the CPUs do, and what the guest changes for them.</summary>
internal sealed class CpuSteps(Prng random, SequencePlan plan, NumberPools numbers, GuestBelief belief)
{
    private static readonly (int Weight, CpuOperation Operation)[] Weights =
    [
        (8, CpuOperation.ReadIar1), (5, CpuOperation.WriteEoir1), (5, CpuOperation.ReadHppir1),
        (3, CpuOperation.WritePmr), (2, CpuOperation.ReadPmr), (4, CpuOperation.ReadRpr), (2, CpuOperation.WriteBpr1),
        (2, CpuOperation.ReadBpr1), (1, CpuOperation.WriteDir), (2, CpuOperation.ReadAp1R0),
        (1, CpuOperation.WriteAp1R0), (1, CpuOperation.WriteCtlr), (1, CpuOperation.ReadCtlr),
    ];

    public IReadOnlyList<(int Weight, Func<IEnumerable<Step>> Choice)> Choices =>
        [(8, Operations), (6, Drain), (5, Configure), (1, GroupEnable), (2, EndOfUnknown), (6, DirectInterrupts)];

    private IEnumerable<Step> Operations()
    {
        // QEMU's CPUs run side by side: an SPI that one of them ends may have been taken by another, or not yet.
        var only = random.Chance(40) ? random.Next(plan.CpuCount) : (int?)null;
        var operations = new List<(int, CpuOperation, ulong)>();
        for (var cpu = 0; cpu < plan.CpuCount; cpu++)
        {
            for (var left = random.Next(12); left > 0; left--)
            {
                var operation = random.PickWeighted(Weights);
                var argument = Argument(operation);
                if (only is null && EndsSpi(operation, argument))
                {
                    argument = numbers.GoodLpi();
                }

                if (only is null || only == cpu)
                {
                    operations.Add((cpu, operation, argument));
                }
            }
        }

        yield return new CpuStep(operations);
    }

    private static bool EndsSpi(CpuOperation operation, ulong intId) =>
        operation is CpuOperation.WriteEoir1 or CpuOperation.WriteDir && intId is >= 32 and < 1020;

    /// <summary>SPIs become pending, beside whatever else is, and are taken and ended.</summary>
    private IEnumerable<Step> DirectInterrupts() =>
        [.. new DirectSteps(random, plan).Ready(), .. random.Chance(60) ? Operations() : Drain()];

    /// <summary>Everything is taken that the priority mask lets through, on some CPUs.</summary>
    private IEnumerable<Step> Drain()
    {
        var operations = new List<(int, CpuOperation, ulong)>();
        for (var cpu = 0; cpu < plan.CpuCount; cpu++)
        {
            if (random.Chance(60))
            {
                operations.Add((cpu, CpuOperation.WriteAp1R0, 0));
                operations.Add((cpu, CpuOperation.WritePmr, random.Pick<ulong>(0xFF, 0xFF, 0xA0, 0x60)));
                operations.Add((cpu, CpuOperation.Drain, 0));
                operations.Add((cpu, CpuOperation.ReadRpr, 0));
            }
        }

        yield return new CpuStep(operations);
    }

    /// <summary>Bytes change; now and then a CPU looks before the ITS is told.</summary>
    private IEnumerable<Step> Configure()
    {
        yield return new ConfigureStep(
        [
            .. Enumerable.Range(0, random.Between(1, 20)).Select(_ =>
                (numbers.GoodLpi(), (byte)random.Next(256))).DistinctBy(change => change.Item1),
        ]);
        if (random.Chance(60))
        {
            yield return new CommandsStep(
                [.. Enumerable.Range(0, 12).Select(_ => belief.Event(mappedPercent: 100)).Select(CommandSlot.Int)]);
            yield return new CpuStep(
                [.. Enumerable.Range(0, plan.CpuCount).Select(cpu => (cpu, CpuOperation.ReadHppir1, 0UL))]);
        }

        yield return new InvalidateStep(ByInvall: random.Chance(50));
        yield return new CpuStep(
            [.. Enumerable.Range(0, plan.CpuCount).Select(cpu => (cpu, CpuOperation.ReadHppir1, 0UL))]);
    }

    private IEnumerable<Step> GroupEnable()
    {
        yield return new WriteStep(Places.GicdCtlr, 4, random.Pick<ulong>(0x10, 0x11, 0));
        yield return new CpuStep(
            [.. Enumerable.Range(0, plan.CpuCount).Select(cpu => (cpu, CpuOperation.ReadHppir1, 0UL))]);
        yield return new WriteStep(Places.GicdCtlr, 4, 0x12);
    }

    /// <summary>An INTID is ended that neither controller has.</summary>
    private IEnumerable<Step> EndOfUnknown()
    {
        var cpu = random.Next(plan.CpuCount);
        yield return new CpuStep(
        [
            (cpu, CpuOperation.WriteAp1R0, 1UL << random.Next(32)),
            (cpu, CpuOperation.WriteEoir1, random.Pick<ulong>(500, 1019, 1024, 8191)),
            (cpu, CpuOperation.ReadAp1R0, 0), (cpu, CpuOperation.WriteAp1R0, 0),
        ])
        {
            IsWhole = true,
        };
    }

    private ulong Argument(CpuOperation operation) => operation switch
    {
        CpuOperation.WriteEoir1 or CpuOperation.WriteDir => random.PickWeighted(
            [
                (5, numbers.GoodLpi()), (6, (uint)random.Next(256)), (1, 1023U), (1, 0U), (1, 1020U), (1, 0x12345U),
            ]),
        CpuOperation.WritePmr => random.Pick<ulong>(0xFF, 0xF0, 0xA8, 0xA0, 0x80, 0x47, 0x20, 0),
        CpuOperation.WriteBpr1 => (ulong)random.Next(8),
        CpuOperation.WriteAp1R0 => random.Chance(60) ? 0 : random.NextBits() & uint.MaxValue,
        CpuOperation.WriteCtlr => (uint)random.Next(4) | (random.Chance(20) ? 0xF_FFBCUL : 0),
        _ => 0,
    };
}
