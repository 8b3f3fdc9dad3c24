using ItsService.Differential.Generation;
using ItsService.Differential.Steps;

namespace ItsService.Differential.Tests;

/// <summary>What comes out of a seed.</summary>
public class SequenceGeneratorTests
{
    private static readonly Sequence[] Many =
        [.. Enumerable.Range(0, 100).Select(number => SequenceGenerator.Generate(1, number))];

    private static IEnumerable<CommandsStep> CommandSteps => Many.SelectMany(sequence => sequence.Steps)
        .OfType<CommandsStep>();

    [Fact]
    public void Random_numbers_are_those_of_the_algorithm()
    {
        var random = new Prng(1, 2);

        ulong[] drawn = [random.NextBits(), random.NextBits()];
        Assert.Equal([0xA668_2EE4_5C4A_98B1, 0x5DEB_3A68_297A_22CC], drawn);
        Assert.NotEqual(new Prng(1, 2).NextBits(), new Prng(1, 3).NextBits());
        Assert.NotEqual(new Prng(1, 2).NextBits(), new Prng(2, 2).NextBits());
    }

    [Fact]
    public void Same_seed_and_number_give_the_same_steps()
    {
        var again = SequenceGenerator.Generate(1, 17);

        Assert.Equal(Text(Many[17]), Text(again));
        Assert.NotEqual(Text(Many[17]), Text(Many[18]));
        Assert.NotEqual(Text(Many[17]), Text(SequenceGenerator.Generate(2, 17)));
    }

    [Fact]
    public void Every_physical_command_and_others_come_in_batches_of_one_to_two_thousand()
    {
        int[] opcodes =
        [
            Opcode.Movi, Opcode.Int, Opcode.Clear, Opcode.Sync, Opcode.Mapd, Opcode.Mapc, Opcode.Mapti, Opcode.Mapi,
            Opcode.Inv, Opcode.Invall, Opcode.Movall, Opcode.Discard, 0x00, 0x25, 0x29, 0xFF,
        ];
        var counts = CommandSteps.SelectMany(step => step.Commands).GroupBy(command => command.Opcode)
            .ToDictionary(group => group.Key, group => group.Count());

        Assert.All(opcodes, opcode => Assert.True(counts.GetValueOrDefault(opcode) > 20, $"opcode 0x{opcode:x2}"));
        Assert.Contains(CommandSteps, step => step.Commands.Count == 1);
        Assert.Contains(CommandSteps, step => step.Commands.Count == 2000);
    }

    [Fact]
    public void Shapes_of_all_kinds_come_up()
    {
        var plans = Enumerable.Range(0, 600).Select(number => SequencePlan.For(1, number)).ToArray();

        Assert.Equal([1, 2, 3, 4, 8], plans.Select(plan => plan.CpuCount).Distinct().Order());
        Assert.Equal([12, 13, 14, 15, 20], plans.Select(plan => plan.IdBits).Distinct().Order());
        Assert.Equal(3, plans.Select(plan => plan.Manners).Distinct().Count());
        Assert.Equal(2, plans.Select(plan => plan.RunsCpus).Distinct().Count());
        Assert.Equal(
            8, plans.Select(plan => (plan.DeviceTable.Indirect, plan.DeviceTable.PageSize)).Distinct().Count());
    }

    [Fact]
    public void Legal_guest_needs_no_repair_and_leaves_the_read_pointer_alone()
    {
        var steps = Many.Where(sequence => sequence.Plan.Manners == Manners.Legal)
            .SelectMany(sequence => sequence.Steps).ToArray();

        Assert.NotEmpty(steps);
        Assert.DoesNotContain(steps, step => step is CommandsStep { IsAlone: true } or RepairStep);
        Assert.DoesNotContain(
            steps.OfType<WriteStep>().SelectMany(step => step.Writes), write => write.Touches(Places.GitsCreadr, 8));
    }

    [Fact]
    public void A_MAPD_that_is_not_alone_gives_memory_that_nothing_has_used()
    {
        foreach (var sequence in Many)
        {
            var tables = sequence.Steps.OfType<CommandsStep>().Where(step => !step.IsAlone)
                .SelectMany(step => step.Commands)
                .Where(command => command is { Opcode: Opcode.Mapd, IsValid: true, Size: < 16 })
                .Where(command => GuestLayout.IsInRam(command.IttAddress, 1))
                .Select(command => command.IttAddress).ToArray();

            Assert.Equal(tables.Length, tables.Distinct().Count());
        }
    }

    private static IEnumerable<string> Text(Sequence sequence) =>
        sequence.Steps.SelectMany(step => step.Describe());
}
