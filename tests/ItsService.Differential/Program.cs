using ItsService.Differential;
using ItsService.Differential.KnownDifferences;
using ItsService.Qtest;

if (args is ["--page", var page])
{
    File.WriteAllText(page, KnownDifferencePage.WithRows(File.ReadAllText(page), KnownDifferenceTable.Rows));
    return 0;
}

if (QemuProgram.Find() is null)
{
    Console.Error.WriteLine($"differential: {QemuProgram.HowToInstall}");
    return 3;
}

try
{
    var options = DifferentialOptions.Parse(args);
    return await new DifferentialRun(options, KnownDifferenceTable.Rows, Console.Out).ExecuteAsync();
}
catch (SequenceFaultException problem)
{
    Console.Error.WriteLine($"differential: {problem.Message}");
    Console.Error.WriteLine(problem.InnerException);
    return 1;
}
catch (FormatException problem)
{
    Console.Error.WriteLine($"differential: {problem.Message}; eng/differential.sh --help tells more");
    return 2;
}
