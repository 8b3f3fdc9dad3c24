using System.Text;
using ItsService.Simulation.Shapes;

namespace ItsService.Simulation.Steps;

/// <summary>A shape and what is done to it: all that a simulation depends on.</summary>
/// <param name="Shape">The controller.</param>
/// <param name="Steps">What is done to it, in order.</param>
internal sealed record Script(Shape Shape, IReadOnlyList<SimulationStep> Steps)
{
    /// <summary>The text: a word for each property of the shape, then a line for each step.</summary>
    public string Print(params ReadOnlySpan<string> comments)
    {
        var text = new StringBuilder();
        foreach (var comment in comments)
        {
            text.Append("# ").Append(comment).Append('\n');
        }

        text.Append(ShapeText.Print(Shape));
        foreach (var step in Steps)
        {
            text.Append(StepText.Print(step)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The script of a text; one that is none throws, saying what is wrong in which line.</summary>
    public static Script Parse(string text)
    {
        var shape = new ShapeText();
        List<SimulationStep> steps = [];
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            try
            {
                if (!new StepWords(line).IsEmpty && !shape.TryTake(line))
                {
                    steps.Add(StepText.Parse(line));
                }
            }
            catch (FormatException refusal)
            {
                throw new FormatException($"line {number}: {refusal.Message}", refusal);
            }
        }

        return new Script(shape.Finish(), steps);
    }
}
