using System.Collections.Immutable;
using ItsService.Fuzz.Machines;

namespace ItsService.Fuzz.Targets;

/// <summary>
/// An input of <see cref="TablesTarget"/> and <see cref="RegistersTarget"/>: 0 shape | 1 two-level tables in memory |
/// 2.. steps of 12 bytes. What is left over of the last is not looked at.
/// </summary>
internal readonly record struct Script(int Shape, bool IsTwoLevel, ImmutableArray<ScriptStep> Steps)
{
    /// <summary>More are not done.</summary>
    public const int StepsMax = 80;

    private const int HeaderBytes = 2;

    public static Script Parse(byte[] input)
    {
        var steps = ImmutableArray.CreateBuilder<ScriptStep>();
        for (var at = HeaderBytes; at + ScriptStep.SizeBytes <= input.Length && steps.Count < StepsMax;
            at += ScriptStep.SizeBytes)
        {
            steps.Add(ScriptStep.Parse(input.AsSpan(at)));
        }

        return new Script(
            input.Length > 0 ? input[0] % MachineShapes.All.Count : 0,
            input.Length > 1 && (input[1] & 1) == 1,
            steps.DrainToImmutable());
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[HeaderBytes + (ScriptStep.SizeBytes * Steps.Length)];
        (bytes[0], bytes[1]) = ((byte)Shape, (byte)(IsTwoLevel ? 1 : 0));
        for (var index = 0; index < Steps.Length; index++)
        {
            Steps[index].WriteTo(bytes.AsSpan(HeaderBytes + (index * ScriptStep.SizeBytes)));
        }

        return bytes;
    }

    /// <summary>The script with a part of its steps left out.</summary>
    public IEnumerable<Script> Smaller()
    {
        for (var piece = Steps.Length; piece > 0; piece /= 2)
        {
            for (var from = 0; from + piece <= Steps.Length; from += piece)
            {
                yield return this with { Steps = Steps.RemoveRange(from, piece) };
            }
        }
    }
}
