using ItsService.Core.Commands;
using ItsService.Simulation.Coverage;
using ItsService.Simulation.Shapes;

namespace ItsService.Simulation.Tests;

public class CoverageTests
{
    private const int ShapeCount = 9;

    [Fact]
    public void Cases_include_every_error_that_a_command_can_end_in()
    {
        var missing = Enum.GetValues<CommandError>().Where(error => !HasCase(error));

        Assert.Empty(missing);
    }

    [Fact]
    public void Cases_have_names_of_their_own() => Assert.Distinct(CoverageCases.All);

    [Fact]
    public void Table_shows_what_never_occurred()
    {
        var table = new CoverageTable();
        var counts = new CoverageCounts();
        counts.Count(new Shape(ShapeProfile.Kvm, 4, 2));
        counts.Count(new Steps.HealStep());
        table.Add(new Shape(ShapeProfile.Kvm, 4, 2), counts);
        var text = table.Print();

        var neverCount = CoverageCases.All.Count - 2;
        Assert.Equal(neverCount + ShapeCount - 1, table.Missed().Count);
        Assert.Equal(neverCount, text.Split("NEVER").Length - 1);
        Assert.DoesNotContain("step heal", table.Missed());
        Assert.DoesNotContain("4x2", table.Missed());
        Assert.Contains("512x8", table.Missed());
    }

    private static bool HasCase(CommandError error) => error switch
    {
        CommandError.None => CoverageCases.All.Any(name => name.EndsWith(" done", StringComparison.Ordinal)),
        CommandError.UnknownOpcode or CommandError.UnreadableSlot =>
            CoverageCases.All.Contains(CoverageCases.Command(0, (uint)error)),
        _ => CoverageCases.All.Any(name => name.EndsWith($" 0x{(uint)error:X6}", StringComparison.Ordinal)),
    };
}
