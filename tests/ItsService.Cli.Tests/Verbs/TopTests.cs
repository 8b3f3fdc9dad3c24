using System.Text.Json;
using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Verbs;

public sealed class TopTests
{
    [Fact]
    public async Task Table_has_a_row_for_all_and_one_for_each_vm()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await Guest.SignalAsync(vm, 3);
        await Guest.CreateAsync(server.Client, "idle");

        var lines = (await server.ItsctlAsync("top", "--count", "2", "--interval", "0.1")).Succeeded().Lines;

        Assert.Equal(2, lines.Count(line => line.StartsWith("VM state msi/s", StringComparison.Ordinal)));
        Assert.StartsWith("all 2 VMs - - - - -", lines[1], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("vms/guest running 0 0 0 0 0", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("vms/idle running 0 0 0 0 0", StringComparison.Ordinal));
        Assert.Contains(
            lines,
            line => line.Contains("no MAPTI has mapped the event (1 in all)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Json_has_a_line_for_each_look()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var run = (await server.ItsctlAsync("top", "guest", "-i", "0.1", "--count", "2", "--json")).Succeeded();

        var looks = run.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(2, looks.Count);
        Assert.Equal("vms/guest", looks[1].GetProperty("vms")[0].GetProperty("vm").GetString());
    }

    [Fact]
    public async Task Interrupt_ends_it_well()
    {
        await using var server = await TestServer.StartAsync();
        using var interrupt = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));

        var run = await ItsctlRun.OfAsync(["top", "--interval", "0.1", "--server", server.Url], interrupt);

        Assert.NotEmpty(run.Succeeded().Lines);
    }

    [Theory]
    [InlineData("--interval", "0.05", ExitCode.Usage, "0.1..60")]
    [InlineData("--vms", "1001", ExitCode.Refused, "1..1000")]
    public async Task Bad_input_names_what_is_accepted(string option, string value, int exitCode, string accepted)
    {
        await using var server = await TestServer.StartAsync();

        var sentence = (await server.ItsctlAsync("top", "--count", "1", option, value)).FailedWith(exitCode);

        Assert.Contains(accepted, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_vm_is_told()
    {
        await using var server = await TestServer.StartAsync();

        (await server.ItsctlAsync("top", "nobody", "--count", "1")).FailedWith(ExitCode.Refused);
    }
}
