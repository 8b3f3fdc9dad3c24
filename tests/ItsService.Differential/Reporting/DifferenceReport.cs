using ItsService.Differential.Comparison;
using ItsService.Differential.Generation;
using ItsService.Differential.Steps;

namespace ItsService.Differential.Reporting;

/// <summary>What a person needs to look into a difference.</summary>
internal static class DifferenceReport
{
    public static async Task WriteAsync(
        TextWriter output,
        DifferentialOptions options,
        Sequence sequence,
        Difference first,
        Difference shrunk,
        IReadOnlyList<StepPart> selection)
    {
        var plan = sequence.Plan;
        var running = plan.RunsCpus ? " that run" : "";
        await output.WriteLineAsync($"""

            DIFFERENCE in {first.Mismatch.Where}
              seed {plan.Seed}, sequence {plan.Number}, after step {first.StepNumber}
              service: {first.Mismatch.OfService}
              QEMU:    {first.Mismatch.OfQemu}
            shrunk to {selection.Count} of {StepSelection.All(sequence.Steps).Count} parts
              service: {shrunk.Mismatch.OfService}
              QEMU:    {shrunk.Mismatch.OfQemu}
            {plan.CpuCount} CPUs{running}, {plan.Manners}, IDbits {plan.IdBits}, queue of {plan.QueuePages} pages
            device table {plan.DeviceTable}; collection table {plan.CollectionTable}
            """);
        foreach (var (number, step) in StepSelection.Apply(sequence.Steps, selection))
        {
            foreach (var (line, count) in Counted(step.Describe()))
            {
                await output.WriteLineAsync($"  {number,4}  {line}{(count > 1 ? $", {count} times" : "")}");
            }
        }

        var kept = StepSelection.Format(sequence.Steps, selection) + (options.HasCanary ? " --canary" : "");
        await output.WriteLineAsync(
            $"again: eng/differential.sh --seed {plan.Seed} --sequence {plan.Number} --keep {kept}\n");
    }

    private static IEnumerable<(string Line, int Count)> Counted(IEnumerable<string> lines)
    {
        var (last, count) = ("", 0);
        foreach (var line in lines)
        {
            if (count > 0 && line != last)
            {
                yield return (last, count);
                count = 0;
            }

            (last, count) = (line, count + 1);
        }

        if (count > 0)
        {
            yield return (last, count);
        }
    }
}
