using ItsService.Server;
using ItsService.Server.Hosting;
using ItsService.Server.Operations;

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
    var console = application.Services.GetRequiredService<ConsolePort>().Url;
    foreach (var address in application.Urls)
    {
        if (address != console)
        {
            Console.Out.WriteLine($"its-service: serving {ServedAddress.Display(address)}");
        }
    }

    if (console is not null)
    {
        Console.Out.WriteLine($"its-service: console {console}");
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
