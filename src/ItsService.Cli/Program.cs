using ItsService.Cli;

return await Itsctl.RunAsync(args, Console.Out, Console.Error);
