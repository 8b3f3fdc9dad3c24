using ItsService.Differential.Steps;
using ItsService.Qtest;

namespace ItsService.Differential.Generation;

/// <summary>What a guest does with SGIs, PPIs and SPIs, at the distributor and in the SGI_base frames.</summary>
internal sealed class DirectSteps(Prng random, SequencePlan plan)
{
    private const int FirstSpi = 32;

    /// <summary>Every version of the machine has these: 256 INTIDs at least.</summary>
    private const int SpiEnd = 256;

    /// <summary>No byte is 0xFF: QEMU takes that for nothing pending at all.</summary>
    private const ulong NotTheLowestPriority = 0xF7F7_F7F7_F7F7_F7F7;

    private const int Group = 0x80;
    private const int SetEnable = 0x100;
    private const int SetPending = 0x200;
    private const int Priority = 0x400;
    private const int Trigger = 0xC00;
    private const int Route = 0x6000;

    /// <summary>The arrays of a bit for each INTID: IGROUPR to ICACTIVER, IGRPMODR.</summary>
    private static readonly (int Weight, int Offset)[] BitArrays =
        [(3, Group), (4, SetEnable), (2, 0x180), (5, SetPending), (2, 0x280), (1, 0x300), (3, 0x380), (1, 0xD00)];

    public IReadOnlyList<(int Weight, Func<IEnumerable<Step>> Choice)> Choices =>
        [(8, Writes), (8, Reads), (4, Ready)];

    /// <summary>SPIs that go to CPUs of the machine, enabled and pending in Group 1, at several priorities.</summary>
    public IEnumerable<Step> Ready()
    {
        var bank = random.Between(FirstSpi / 32, (SpiEnd / 32) - 1);
        var spis = (uint)(random.NextBits() & random.NextBits());
        var writes = new List<RegisterWrite>
        {
            At(Group + (4 * bank), 4, random.Chance(70) ? uint.MaxValue : random.NextBits() & uint.MaxValue),
            At(SetEnable + (4 * bank), 4, uint.MaxValue),
        };
        for (var number = 0; number < 32; number++)
        {
            if ((spis >> number & 1) != 0)
            {
                var spi = (32 * bank) + number;
                writes.Add(At(Priority + spi, 1, random.Pick<ulong>(0, 0x20, 0x40, 0xA0, 0xA0, 0xA3, 0xF0, 0xF7)));
                writes.Add(At(Route + (8 * spi), 8, (ulong)random.Next(plan.CpuCount)));
            }
        }

        writes.Add(At(SetPending + (4 * bank), 4, spis));
        yield return new WriteStep(writes);
    }

    /// <summary>Any of the registers, in any size, now and then in one that it has not.</summary>
    private IEnumerable<Step> Writes()
    {
        yield return new WriteStep(
            [.. Enumerable.Range(0, random.Between(1, 12)).Select(_ =>
            {
                var (address, sizeBytes) = Register();
                return new RegisterWrite(address, sizeBytes, Value(address, sizeBytes));
            })]);
    }

    private IEnumerable<Step> Reads() => Enumerable.Range(0, random.Between(1, 8)).Select(_ =>
    {
        var (address, sizeBytes) = Register();
        return new ReadStep(address, sizeBytes);
    });

    private (ulong Address, int SizeBytes) Register()
    {
        var isPrivate = random.Chance(35);
        var frame = isPrivate
            ? VirtMachine.GicrOf(random.Next(plan.CpuCount)) + 0x1_0000
            : VirtMachine.GicdBase;
        var bank = isPrivate ? 0 : random.Between(0, (SpiEnd / 32) - 1);
        var (offset, sizeBytes) = random.Next(10) switch
        {
            0 => (Priority + (32 * bank) + random.Next(32), 1),
            1 or 2 => (Priority + (32 * bank) + (4 * random.Next(8)), 4),
            3 => (Trigger + (8 * bank) + (4 * random.Next(2)), 4),
            4 when !isPrivate => (Route + (8 * random.Between(FirstSpi, SpiEnd - 1)), 8),
            5 when !isPrivate => (Route + (8 * random.Between(FirstSpi, SpiEnd - 1)) + (4 * random.Next(2)), 4),
            _ => (random.PickWeighted(BitArrays) + (4 * bank), 4),
        };
        sizeBytes = random.Chance(90) ? sizeBytes : random.Pick(1, 2, 4, 8);
        return (frame + (ulong)(offset & -sizeBytes), sizeBytes);
    }

    private ulong Value(ulong address, int sizeBytes)
    {
        var value = random.Next(4) switch
        {
            0 => random.NextBits(),
            1 => random.NextBits() & random.NextBits() & random.NextBits(),
            2 => ulong.MaxValue,
            _ => 1UL << random.Next(8 * sizeBytes),
        };
        value &= IsPriority(address) ? NotTheLowestPriority : ulong.MaxValue;
        var isRoute = address is >= VirtMachine.GicdBase + Route + (8 * FirstSpi) and < VirtMachine.GitsBase;
        return (isRoute && random.Chance(80) ? (ulong)random.Next(plan.CpuCount) : value)
            & (ulong.MaxValue >> (64 - (8 * sizeBytes)));
    }

    private static bool IsPriority(ulong address) => (address & 0xFFFF) is >= Priority and < Priority + SpiEnd;

    private static RegisterWrite At(int offset, int sizeBytes, ulong value) =>
        new(VirtMachine.GicdBase + (ulong)offset, sizeBytes, value);
}
