using System.Collections.Immutable;
using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Machines;

namespace ItsService.Fuzz.Targets;

/// <summary>A script with one thing changed, by who knows good entries of tables and bad ones.</summary>
internal static class ScriptMutations
{
    private const ulong Valid = 1UL << 63;

    /// <summary>Changes one thing.</summary>
    /// <param name="input">The script.</param>
    /// <param name="other">Another, of which steps are taken.</param>
    /// <param name="memoryPercent">How many of the new steps concern memory.</param>
    /// <param name="random">Decides.</param>
    public static byte[] Mutate(byte[] input, byte[] other, int memoryPercent, Prng random)
    {
        var script = Script.Parse(input);
        var steps = script.Steps;
        var at = random.Below(steps.Length + 1);
        switch (random.Below(12))
        {
            case 0:
                return ByteMutations.Mutate(input, other, 2 + (Script.StepsMax * ScriptStep.SizeBytes), random);
            case 1:
                return (script with { Shape = random.Below(MachineShapes.All.Count) }).ToBytes();
            case 2:
                return (script with { IsTwoLevel = !script.IsTwoLevel }).ToBytes();
            case 3 when at < steps.Length:
                return (script with { Steps = steps.RemoveAt(at) }).ToBytes();
            case 4 when at < steps.Length:
                return (script with { Steps = steps.SetItem(at, Changed(steps[at], random)) }).ToBytes();
            case 5:
                return (script with { Steps = Spliced(steps, Script.Parse(other).Steps, at, random) }).ToBytes();
            case 6 when at < steps.Length:
                var second = random.Below(steps.Length);
                return (script with
                {
                    Steps = steps.SetItem(at, steps[second]).SetItem(second, steps[at]),
                }).ToBytes();
            default:
                return (script with { Steps = steps.Insert(at, Any(memoryPercent, random)) }).ToBytes();
        }
    }

    private static ImmutableArray<ScriptStep> Spliced(
        ImmutableArray<ScriptStep> steps, ImmutableArray<ScriptStep> others, int at, Prng random)
    {
        if (others.IsEmpty)
        {
            return steps;
        }

        var from = random.Below(others.Length);
        return steps.InsertRange(at, others.Skip(from).Take(random.Between(1, 4)));
    }

    private static ScriptStep Changed(ScriptStep step, Prng random) => random.Below(4) switch
    {
        0 => step with { Place = (byte)random.Next() },
        1 => step with { Index = (ushort)InterestingNumbers.Near(step.Index, random) },
        2 => step with { Value = step.Value ^ (1UL << random.Below(64)) },
        _ => step with { Value = InterestingNumbers.Near(step.Value, random) },
    };

    private static ScriptStep Any(int memoryPercent, Prng random)
    {
        var place = (byte)random.Below(64);
        if (random.Percent(memoryPercent))
        {
            return random.Below(11) switch
            {
                10 => new(ScriptVerb.RepeatMemory, place, (ushort)random.Next(), AnyEntry(random)),
                0 => new(ScriptVerb.FillMemory, place, AnyIndex(random), Fill(random)),
                1 => new(ScriptVerb.EvictMemory, place, AnyIndex(random), random.Next()),
                < 5 => new(ScriptVerb.FlipMemory, place, AnyIndex(random), AnyFlip(random)),
                _ => new(ScriptVerb.WriteMemory, place, AnyIndex(random), AnyEntry(random)),
            };
        }

        return random.Below(16) switch
        {
            < 6 => new(ScriptVerb.WriteRegister, place, (ushort)random.Below(24), AnyRegister(random)),
            6 => new(ScriptVerb.WriteRegister, (byte)random.Next(), (ushort)random.Next(), AnyRegister(random)),
            7 => new(ScriptVerb.WriteAnywhere, (byte)random.Next(), (ushort)random.Next(), AnyRegister(random)),
            8 or 9 => new(ScriptVerb.RestoreTables, place, 0, 0),
            10 => new(ScriptVerb.StageSaved, 0, 0, random.Next()),
            _ => new(
                (ScriptVerb)random.Between((int)ScriptVerb.Commit, (int)ScriptVerb.SavePendingTables), place, 0,
                random.Next()),
        };
    }

    private static ushort AnyIndex(Prng random) => random.Percent(85)
        ? (ushort)random.Below(16)
        : (ushort)random.Pick(599, 600, 601, 511, 512, 2047, 4095, 8191, random.Below(65536));

    /// <summary>A byte, and how many of them.</summary>
    private static ulong Fill(Prng random) =>
        (ulong)random.Pick<byte>(0, 0xFF, 0x80, 1, (byte)random.Next()) | ((ulong)(uint)random.Below(0x4000) << 8);

    private static ulong AnyFlip(Prng random) =>
        random.Pick(1UL << random.Below(64), Valid, 1UL << random.Between(49, 62), 0x1FUL, ulong.MaxValue);

    /// <summary>An entry of some table, mostly with one thing wrong.</summary>
    private static ulong AnyEntry(Prng random) => random.Below(8) switch
    {
        0 => InterestingNumbers.Any(random),
        1 or 2 => DeviceEntry(random),
        3 or 4 => Event(random),
        5 or 6 => Collection(random),
        _ => Valid | AnyAddress(random),
    };

    private static ulong DeviceEntry(Prng random) =>
        (random.Percent(95) ? Valid : 0)
        | ((ulong)(uint)random.Pick(0, 1, 1, 5, 592, random.Below(1 << 14)) << 49)
        | (AnyAddress(random) >> 3)
        | (ulong)(uint)random.Pick(0, 3, 3, 9, 15, 16, 31);

    private static ulong Event(Prng random) =>
        ((ulong)(uint)random.Pick(0, 1, 1, 2, 9, random.Below(1 << 16)) << 48)
        | (AnyLpi(random) << 16)
        | (ulong)(uint)random.Pick(0, 0, 1, 2, 12, random.Below(1 << 16));

    private static ulong AnyLpi(Prng random) =>
        random.Percent(80) ? Guest.Lpi(0, 0, random.Below(128)) : InterestingNumbers.Any(random) & 0xFFFF_FFFF;

    private static ulong Collection(Prng random) =>
        (random.Percent(95) ? Valid : 0)
        | ((random.Percent(80) ? (ulong)(uint)random.Below(3) : InterestingNumbers.Any(random) & 0xFFFF_FFFF) << 16)
        | (ulong)(uint)random.Pick(0, 1, 2, 3, 12, 20, random.Below(1 << 16));

    private static ulong AnyAddress(Prng random)
    {
        var its = random.Below(2);
        return random.Below(9) switch
        {
            0 => Places.DeviceTable(its),
            1 => Places.DevicePage(its, random.Below(3)),
            2 => Places.CollectionTable(its),
            3 => Places.ConfigurationTable,
            4 => Places.Rom,
            5 => Places.Ram + Places.RamBytes - (ulong)(uint)random.Pick(0x100, 0x1000, 0x1_0000),
            6 => InterestingNumbers.Any(random) & 0x000F_FFFF_FFFF_FF00,
            _ => Places.Itt(its, random.Below(Guest.DeviceCount + 2)),
        };
    }

    /// <summary>A value for some register: a table's place with attributes, an offset, or anything.</summary>
    private static ulong AnyRegister(Prng random) => random.Below(6) switch
    {
        0 => InterestingNumbers.Any(random),
        1 => 32 * (ulong)random.Below(160),
        2 => (ulong)random.Below(2),
        3 => Places.ConfigurationTable | (ulong)(uint)random.Below(32),
        4 => Places.PendingTable(random.Below(2)),
        _ => Valid | AnyAddress(random) | ((ulong)(uint)random.Below(2) << 62) | ((ulong)(uint)random.Below(4) << 8)
            | (ulong)(uint)random.Pick(0, 0, 1, 3, 255),
    };
}
