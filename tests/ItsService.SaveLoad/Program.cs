using ItsService.SaveLoad.CommandLine;

if (SaveLoadOptions.Parse(args, out var problem) is not { } options)
{
    Console.Error.WriteLine($"{problem}; eng/save-load.sh --help tells more");
    return 2;
}

if (options.JsonFile is { } file)
{
    try
    {
        await File.WriteAllTextAsync(file, "");
    }
    catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine($"--json: {refusal.Message}");
        return 2;
    }
}

return await new SaveLoadProgram(options, Console.Out, Console.Error).RunAsync();
