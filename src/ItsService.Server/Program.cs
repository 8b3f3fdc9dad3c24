using ItsService.Server;
using ItsService.Server.Hosting;

// Exit codes: 0 stopped when asked to, 1 an address cannot be served, 2 a setting is wrong.
try
{
    if (CommandLine.Parse(args).Answer is { } answer)
    {
        Console.Out.WriteLine(answer);
        return 0;
    }

    await using var application = ItsServerApplication.Build(args);
    await application.StartAsync();
    foreach (var address in application.Urls)
    {
        Console.Out.WriteLine($"its-service: serving {ServedAddress.Display(address)}");
    }

    await application.WaitForShutdownAsync();
    return 0;
}
catch (AddressNotServableException problem)
{
    Console.Error.WriteLine($"its-service: {problem.Message}");
    return 1;
}
catch (InvalidSettingsException problem)
{
    Console.Error.WriteLine($"its-service: {problem.Message}");
    return 2;
}
