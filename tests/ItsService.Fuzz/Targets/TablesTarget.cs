using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Machines;

namespace ItsService.Fuzz.Targets;

/// <summary>
/// Tables that a hostile guest has left in memory, and registers that go with them or not, restored through device
/// attributes. <see cref="ScriptRun"/> has the promises.
/// </summary>
internal sealed class TablesTarget : IFuzzTarget
{
    private const int MemoryPercent = 60;
    private const int WideShape = 5;

    public static string Name => "tables";

    public static string Summary => "tables in guest memory, restored through device attributes";

    public static IEnumerable<byte[]> Seeds =>
        from shape in Enumerable.Range(0, MachineShapes.All.Count)
        from twoLevel in new[] { false, true }
        from damage in Damages
        where damage.Length == 0 || shape is 1 or WideShape
        select SeedOf(shape, twoLevel, damage).ToBytes();

    /// <summary>What takes longest to come to by chance: as many devices, events and slots as there may be.</summary>
    private static ScriptStep[][] Damages =>
    [
        [],
        // A thousand and more devices with one translation table; 64 Ki events; translation tables without end.
        [new(ScriptVerb.RepeatMemory, 0, 11 << 12, Entry(next: 1, Places.Itt(0, 0), size: 3))],
        [
            new(ScriptVerb.RepeatMemory, 4, 13 << 12, (1UL << 48) | ((ulong)Guest.FirstLpi << 16)),
            new(ScriptVerb.WriteMemory, 0, 3, Entry(next: 0, Places.Itt(0, 0), size: 15)),
        ],
        [new(ScriptVerb.RepeatMemory, 0, 4 << 12, Entry(next: 1, Places.Ram + (Places.RamBytes / 2), size: 31))],
    ];

    private static ulong Entry(ulong next, ulong itt, ulong size) => (1UL << 63) | (next << 49) | (itt >> 3) | size;

    private static Script SeedOf(int shape, bool twoLevel, ScriptStep[] damage) => new(
        shape,
        twoLevel,
        [
            .. damage,
            new ScriptStep(ScriptVerb.StageSaved, 0, 0, 0),
            .. Enumerable.Range(0, MachineShapes.All[shape].ItsCount)
                .Select(its => new ScriptStep(ScriptVerb.RestoreTables, (byte)its, 0, 0)),
            new ScriptStep(ScriptVerb.Resume, 0, 0, 0),
        ]);

    public static long AllocatedBytesMax(byte[] input) => ScriptRun.AllocatedBytesMax(Script.Parse(input));

    public static byte[] Mutate(byte[] input, byte[] other, Prng random) =>
        ScriptMutations.Mutate(input, other, MemoryPercent, random);

    public static IEnumerable<byte[]> Smaller(byte[] input) =>
        Script.Parse(input).Smaller().Select(script => script.ToBytes());

    public static void Run(byte[] input, Behaviours behaviours) =>
        new ScriptRun(Script.Parse(input), behaviours).Execute();
}
