using System.Text.RegularExpressions;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Verbs;

public sealed class DiagTests
{
    [Fact]
    public async Task Totals_come_first_and_then_the_mistakes()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await Guest.SignalAsync(vm, 0);
        await Guest.SignalAsync(vm, 3);

        var lines = (await server.ItsctlAsync("diag", "guest")).Succeeded().Lines;

        Assert.Equal(
            [
                "vms/guest: 1 mistake",
                "by kind:",
                "1 MsiDropped",
                "messages:",
                "1 Pended",
                "1 DroppedEventUnmapped",
                "commands executed:",
                "1 MAPD",
                "2 MAPC",
                "2 MAPTI",
            ],
            lines.SkipLast(1));
        Assert.Matches(
            @"^#1 \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ ITS 0: the message for event 3 of device 0x28 was dropped: "
            + "no MAPTI has mapped the event$",
            lines[^1]);
    }

    [Fact]
    public async Task Guest_without_mistakes_is_told_so()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "fresh");

        Assert.Equal("vms/fresh: 0 mistakes", Assert.Single((await server.ItsctlAsync("diag")).Succeeded().Lines));
    }

    [Fact]
    public async Task The_newest_are_printed_and_the_others_counted()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        for (var number = 0u; number < 30; number++)
        {
            await Guest.SignalAsync(vm, 9 + number);
        }

        var usual = (await server.ItsctlAsync("diag")).Succeeded().Lines;
        var two = (await server.ItsctlAsync("diag", "--last", "2")).Succeeded().Lines;
        var after = (await server.ItsctlAsync("diag", "--after", "5")).Succeeded().Lines;

        Assert.Equal((11, 30), Printed(usual));
        Assert.Contains("10 older mistakes not printed: --last says how many are", usual);
        Assert.Equal((29, 30), Printed(two));
        Assert.Equal((6, 30), Printed(after));
    }

    [Fact]
    public async Task Row_of_equal_mistakes_is_one_line_with_its_count()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await Guest.SignalAsync(vm, 7);
        await Guest.SignalAsync(vm, 9);
        await Guest.SignalAsync(vm, 9);
        await Guest.SignalAsync(vm, 9);

        var lines = (await server.ItsctlAsync("diag")).Succeeded().Lines;
        var one = (await server.ItsctlAsync("diag", "--last", "1")).Succeeded().Lines;
        var after = (await server.ItsctlAsync("diag", "--after", "3")).Succeeded().Lines;

        Assert.Contains("vms/guest: 4 mistakes", lines);
        Assert.Matches(
            @"^#4 .*event 9 of device 0x28 .* \(3 in a row since \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\)$", lines[^1]);
        Assert.DoesNotContain("in a row", lines[^2], StringComparison.Ordinal);
        Assert.Contains("1 older mistake not printed: --last says how many are", one);
        Assert.DoesNotContain("in a row", after[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lost_lpis_and_direct_lpis_have_totals_of_their_own()
    {
        await using var server = await TestServer.StartAsync();
        var spec = Guest.Spec();
        spec.Profile = Profile.Custom;
        spec.Custom = new ProfileOverrides { DirectLpis = true };
        var vm = await Guest.BootAsync(server.Client, "guest", spec);
        await vm.Batch()
            .Write(RegisterPlace.Named("GICR_CTLR"), AccessSize.Natural, 0)
            .Write(RegisterPlace.Named("GICR_PENDBASER"), AccessSize.Natural, 0x1000_0000 | (1UL << 62))
            .Write(RegisterPlace.Named("GICR_CTLR"), AccessSize.Natural, 1)
            .Write(RegisterPlace.Named("GICR_SETLPIR"), AccessSize.Natural, 8200)
            .Write(RegisterPlace.Named("GICR_CTLR"), AccessSize.Natural, 0)
            .SendAsync(TestContext.Current.CancellationToken).WithinLimit();

        var lines = (await server.ItsctlAsync("diag")).Succeeded().Lines;

        Assert.Equal(["direct LPIs:", "1 Pended"], lines.SkipWhile(line => line != "direct LPIs:").Take(2));
        Assert.Contains("1 pending LPI lost, as the pending table could not be written", lines);
        Assert.EndsWith("cannot be written; the LPI that was pending is lost", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_in_error_is_printed_with_its_code()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await vm.WriteRegisterAsync(
            RegisterPlace.Named("GITS_CWRITER"), 0xC0, TestContext.Current.CancellationToken).WithinLimit();

        var lines = (await server.ItsctlAsync("diag")).Succeeded().Lines;

        Assert.Contains("1 0x00: UNKNOWN_OPCODE 0xff000001", lines);
        Assert.EndsWith(
            " ITS 0: 0x00 is the opcode of no command that this ITS has [UNKNOWN_OPCODE 0xff000001, queue offset 0xa0]",
            lines[^1],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_the_answer_of_the_service()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await Guest.SignalAsync(vm, 3);
        await Guest.SignalAsync(vm, 4);

        var json = (await server.ItsctlAsync("diag", "guest", "--after", "1", "--json")).Succeeded().Json;

        Assert.Equal("2", json.GetProperty("last_sequence").GetString());
        var mistake = Assert.Single(json.GetProperty("mistakes").EnumerateArray());
        Assert.Equal(("2", "GUEST_MISTAKE_KIND_MSI_DROPPED", 4), (
            mistake.GetProperty("sequence").GetString(), mistake.GetProperty("kind").GetString(),
            mistake.GetProperty("event_id").GetInt32()));
    }

    [Fact]
    public async Task Sequence_number_beyond_the_last_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "fresh");

        var sentence = (await server.ItsctlAsync("diag", "--after", "7")).FailedWith(ItsService.Cli.ExitCode.Refused);

        Assert.Contains("after_sequence", sentence, StringComparison.Ordinal);
    }

    private static (int First, int Last) Printed(IEnumerable<string> lines)
    {
        var numbers = lines.Select(line => Regex.Match(line, "^#([0-9]+) ")).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].Value, provider: null)).ToArray();
        Assert.Equal(Enumerable.Range(numbers[0], numbers.Length), numbers);
        return (numbers[0], numbers[^1]);
    }
}
