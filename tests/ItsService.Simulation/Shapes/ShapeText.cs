using System.Text;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Shapes;

/// <summary>
/// A shape as lines of text: <c>profile custom</c>, <c>vcpus 4</c>, <c>its 2</c>, <c>option Pta 1</c>.
/// </summary>
internal sealed class ShapeText
{
    private const int VcpuCountMax = 512;
    private const int ItsCountMax = 8;

    private Shape _shape = new(ShapeProfile.Kvm, 1, 1);

    /// <summary>The lines.</summary>
    public static string Print(Shape shape)
    {
        var text = new StringBuilder();
        text.Append($"profile {shape.Profile}\nvcpus {shape.VcpuCount}\nits {shape.ItsCount}\n");
        foreach (var (option, value) in shape.Options)
        {
            text.Append($"option {option} {value}\n");
        }

        return text.ToString();
    }

    /// <summary>Takes a line that is about the shape; false when it is about something else.</summary>
    public bool TryTake(string line)
    {
        var words = new StepWords(line);
        switch (words.Take())
        {
            case "profile":
                _shape = _shape with { Profile = TakeName<ShapeProfile>(words) };
                break;
            case "vcpus":
                _shape = _shape with { VcpuCount = TakeCount(words, VcpuCountMax) };
                break;
            case "its":
                _shape = _shape with { ItsCount = TakeCount(words, ItsCountMax) };
                break;
            case "option":
                _shape = _shape.With(TakeName<ShapeOption>(words), words.TakeInt32());
                break;
            default:
                return false;
        }

        words.End();
        return true;
    }

    /// <summary>The shape that the lines have described.</summary>
    public Shape Finish() => _shape;

    private static int TakeCount(StepWords words, int max) =>
        words.TakeInt32() is > 0 and var count && count <= max
            ? count
            : throw words.Refused($"the count must be 1..{max}");

    private static TName TakeName<TName>(StepWords words)
        where TName : struct, Enum
    {
        var word = words.Take();
        return Enum.TryParse<TName>(word, out var name) && Enum.IsDefined(name) && !char.IsDigit(word[0])
            ? name
            : throw words.Refused($"'{word}' is none of {string.Join(", ", Enum.GetNames<TName>())}");
    }
}
