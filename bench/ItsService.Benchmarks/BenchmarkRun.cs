using System.Diagnostics;
using ItsService.Benchmarks.Api;
using ItsService.Benchmarks.Core;
using ItsService.Benchmarks.Footprint;
using ItsService.Benchmarks.Observation;
using ItsService.Benchmarks.Qemu;
using ItsService.Benchmarks.Reporting;
using ItsService.Benchmarks.Sessions;
using ItsService.Benchmarks.State;

namespace ItsService.Benchmarks;

/// <summary>
/// One run: a single round in this process, or several in processes of their own, of whose figures the median counts.
/// What the just-in-time compiler and the memory layout did to one process is then not what the figure says.
/// </summary>
internal static class BenchmarkRun
{
    private const int RoundCount = 3;

    public static async Task<int> ExecuteAsync(RunPlan plan)
    {
        var figures = plan.IsQuick || plan.IsRound ? await MeasureAsync(plan) : RunRounds(plan);
        if (figures.Count == 0)
        {
            Console.Error.WriteLine($"bench: there is no key that begins with \"{plan.Filter}\"");
            return 2;
        }

        if (plan.JsonPath is { } path)
        {
            FigureJson.Write(path, MachineNote.Text, MachineNote.Commit, figures);
        }

        if (!plan.IsRound)
        {
            Console.WriteLine($"machine: {MachineNote.Text}");
            Console.WriteLine($"commit:  {MachineNote.Commit}");
            FigureTable.Print(figures);
        }

        return 0;
    }

    private static async Task<IReadOnlyList<Figure>> MeasureAsync(RunPlan plan)
    {
        List<Figure> figures = [.. CoreFigures.Measure(plan), .. StateFigures.Measure(plan)];
        await foreach (var figure in MemoryFigures.MeasureAsync(plan))
        {
            figures.Add(figure);
        }

        await foreach (var figure in SessionFigures.MeasureAsync(plan))
        {
            figures.Add(figure);
        }

        await foreach (var figure in ApiFigures.MeasureAsync(plan))
        {
            figures.Add(figure);
        }

        await foreach (var figure in ObservationFigures.MeasureAsync(plan))
        {
            figures.Add(figure);
        }

        await foreach (var figure in QemuFigures.MeasureAsync(plan))
        {
            figures.Add(figure);
        }

        return [.. figures.Where(figure => plan.Shows(figure.Key))];
    }

    private static IReadOnlyList<Figure> RunRounds(RunPlan plan)
    {
        var directory = Directory.CreateTempSubdirectory("its-benchmarks-");
        try
        {
            var rounds = Enumerable.Range(1, RoundCount)
                .Select(number => RunRound(plan, number, Path.Combine(directory.FullName, $"{number}.json")))
                .ToArray();
            return [.. rounds[0].Select(first => Median(rounds.SelectMany(round =>
                round.Where(figure => figure.Key == first.Key))))];
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static IReadOnlyList<Figure> RunRound(RunPlan plan, int number, string jsonPath)
    {
        Console.Error.WriteLine($"round {number} of {RoundCount}");
        string[] arguments = [typeof(BenchmarkRun).Assembly.Location, "--round", "--json", jsonPath];
        using var round = Process.Start(
            Environment.ProcessPath!, plan.Filter.Length > 0 ? [.. arguments, plan.Filter] : arguments);
        round.WaitForExit();
        return round.ExitCode == 0
            ? FigureJson.Read(jsonPath)
            : throw new InvalidOperationException($"round {number} ended with exit code {round.ExitCode}");
    }

    private static Figure Median(IEnumerable<Figure> ofOneKey)
    {
        Figure[] measured = [.. ofOneKey.Where(figure => figure.Value is not null)];
        return measured.Length == 0
            ? ofOneKey.First()
            : Figure.MedianOf(measured[0].Key, measured[0].Unit, measured.Select(figure => figure.Value!.Value)) with
            {
                Samples = measured.Sum(figure => figure.Samples),
                AllocatedBytes = measured.Max(figure => figure.AllocatedBytes),
            };
    }
}
