using ItsService.Simulation.CommandLine;

if (SimulationOptions.Parse(args, out var problem) is not { } options)
{
    Console.Error.WriteLine($"{problem}; eng/simulate.sh --help tells more");
    return 2;
}

return new SimulationProgram(options, Console.Out, Console.Error).Run();
