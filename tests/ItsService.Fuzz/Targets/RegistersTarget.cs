using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Machines;

namespace ItsService.Fuzz.Targets;

/// <summary>
/// Registers of every group with any values, in any order, through device attributes. <see cref="ScriptRun"/> has the
/// promises.
/// </summary>
internal sealed class RegistersTarget : IFuzzTarget
{
    private const int MemoryPercent = 10;

    public static string Name => "registers";

    public static string Summary => "device attributes with any values in any order";

    public static IEnumerable<byte[]> Seeds => Enumerable.Range(0, MachineShapes.All.Count).Select(shape => new Script(
        shape,
        IsTwoLevel: false,
        [
            new ScriptStep(ScriptVerb.WriteRegister, 0, 0, 1),
            new ScriptStep(ScriptVerb.Resume, 0, 0, 0),
            new ScriptStep(ScriptVerb.Pause, 0, 0, 0),
            new ScriptStep(ScriptVerb.StageSaved, 0, 0, 1),
            new ScriptStep(ScriptVerb.Commit, 0, 0, 0),
        ]).ToBytes());

    public static long AllocatedBytesMax(byte[] input) => ScriptRun.AllocatedBytesMax(Script.Parse(input));

    public static byte[] Mutate(byte[] input, byte[] other, Prng random) =>
        ScriptMutations.Mutate(input, other, MemoryPercent, random);

    public static IEnumerable<byte[]> Smaller(byte[] input) =>
        Script.Parse(input).Smaller().Select(script => script.ToBytes());

    public static void Run(byte[] input, Behaviours behaviours) =>
        new ScriptRun(Script.Parse(input), behaviours).Execute();
}
