using ItsService.Differential.Steps;

namespace ItsService.Differential.Generation;

/// <summary>A sequence: its shape, its steps, and the end of the memory that it uses.</summary>
internal sealed record Sequence(SequencePlan Plan, IReadOnlyList<Step> Steps, ulong MemoryEnd);

/// <summary>Makes the steps of a sequence from its seed and number, always the same.</summary>
internal static class SequenceGenerator
{
    private const int ChoicesOfSequence = 36;

    public static Sequence Generate(ulong seed, int number)
    {
        var plan = SequencePlan.For(seed, number);
        var random = new Prng(seed, (ulong)number);
        var numbers = new NumberPools(random, plan);
        var belief = new GuestBelief(random, numbers) { IdBits = plan.IdBits };
        var mix = new CommandMix(random, plan, numbers, belief);
        var setUp = new SetUpSteps(random, plan, numbers, mix);
        var steps = new List<Step>(setUp.Begin());
        var choices = Choices(plan, random, numbers, belief, mix, setUp);
        for (var left = ChoicesOfSequence; left > 0; left--)
        {
            steps.AddRange(random.PickWeighted(choices)());
        }

        return new Sequence(plan, steps, belief.MemoryEnd);
    }

    private static List<(int Weight, Func<IEnumerable<Step>> Choice)> Choices(
        SequencePlan plan,
        Prng random,
        NumberPools numbers,
        GuestBelief belief,
        CommandMix mix,
        SetUpSteps setUp)
    {
        var common = new CommonSteps(random, plan, numbers, belief, mix);
        List<(int, Func<IEnumerable<Step>>)> choices =
        [
            (40, common.Commands), (3, common.Bulk), (2, common.EventsThatAreLpis), (10, common.Interrupts),
            (8, common.Messages), (5, common.DisabledMeanwhile), (6, common.LpisDisabledMeanwhile),
            (2, common.NewLpiTables), (8, common.Read), (2, Again),
        ];
        choices.AddRange(new DirectSteps(random, plan).Choices);
        if (plan.RunsCpus)
        {
            choices.AddRange(Weighted(new CpuSteps(random, plan, numbers, belief).Choices, 3));
        }

        if (plan.Manners >= Manners.Sloppy)
        {
            choices.AddRange(new SloppySteps(random, plan, numbers, belief, mix, setUp).Choices);
        }

        if (plan.Manners == Manners.Hostile)
        {
            choices.AddRange(new HostileSteps(random, plan, numbers, belief, mix, setUp).Choices);
        }

        return choices;

        IEnumerable<Step> Again()
        {
            belief.ForgetDevices();
            return
            [
                .. setUp.Recover(),
                new CommandsStep([.. setUp.MapCollections(), .. setUp.MapDevices(), .. mix.NextMapti(20)]),
            ];
        }
    }

    private static IEnumerable<(int Weight, Func<IEnumerable<Step>> Choice)> Weighted(
        IEnumerable<(int Weight, Func<IEnumerable<Step>> Choice)> choices, int factor) =>
        choices.Select(choice => (choice.Weight * factor, choice.Choice));
}
