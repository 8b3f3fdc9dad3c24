using System.Diagnostics;
using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Targets;

namespace ItsService.Fuzz.Tests;

/// <summary>The file with the input that is being tried, which is left when that ends the process.</summary>
public sealed class CurrentInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("its-fuzz-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Input_is_in_the_file_while_it_is_tried_and_the_file_goes_with_the_run()
    {
        var seen = new List<byte[]>();
        using (var current = new CurrentInputFile(Path.Combine(_folder, "new"), "reader"))
        {
            var target = TargetRegistry.Canary with { Run = (_, _) => seen.Add(File.ReadAllBytes(current.Path)) };
            var execution = new Execution(target, FuzzLimits.Standard, current);
            execution.Run([1, 2, 3, 4]);
            execution.Run([]);
            execution.Run([5]);
        }

        Assert.Equal([[1, 2, 3, 4], [], [5]], seen);
        Assert.Empty(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    /// <summary>A stack that overflows, in a process of its own.</summary>
    [Fact]
    public async Task Input_that_ends_the_process_is_left_in_the_file()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "ItsService.Fuzz.dll"),
                "--target", DeepTarget.Name, "--executions", "10", "--work", _folder,
            },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        var cancel = TestContext.Current.CancellationToken;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);

        var file = CurrentInputFile.PathIn(_folder, DeepTarget.Name);
        Assert.NotInRange(process.ExitCode, 0, 3);
        Assert.Equal([4, 0xD5, 6], await File.ReadAllBytesAsync(file, cancel));
        Assert.Contains(file, await errors, StringComparison.Ordinal);
        Assert.Empty(await output);
    }
}
