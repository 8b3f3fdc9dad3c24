using ItsService.Fuzz.CommandLine;

if (FuzzOptions.Parse(args, out var problem) is not { } options)
{
    Console.Error.WriteLine($"{problem}; eng/fuzz.sh --help tells more");
    return 2;
}

return new FuzzProgram(options, Console.Out, Console.Error).Run();
