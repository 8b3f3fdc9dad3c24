using ItsService.Benchmarks;

if (RunPlan.Parse(args) is not { } plan)
{
    Console.Error.WriteLine("usage: eng/bench.sh [--quick] [--json FILE] [FILTER]; eng/bench.sh --help tells more");
    return 2;
}

return await BenchmarkRun.ExecuteAsync(plan);
