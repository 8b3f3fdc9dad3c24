using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using ItsService.Cli.Output;
using ItsService.Cli.Verbs;
using ItsService.Protocol.V1;
using Spectre.Console;

namespace ItsService.Cli.Tests.Output;

/// <summary>The table of `itsctl top`, of looks that are given.</summary>
public sealed partial class ActivityViewTests
{
    private const char Escape = '\x1b';
    private const int Wide = 400;

    private static readonly WatchActivityResponse First = new()
    {
        ElapsedUs = 0,
        VmCount = 3,
        Total = new VmActivity { MessagesPended = 1_000, Acknowledged = 900, Commands = 50 },
        Vms =
        {
            new VmActivity
            {
                Vm = "vms/busy",
                State = VmState.Running,
                MessagesPended = 100,
                MessagesCoalesced = 20,
                MessagesDropped = 3,
                Acknowledged = 90,
                Commands = 40,
            },
            new VmActivity { Vm = "vms/other", State = VmState.Running, MessagesPended = 500 },
        },
    };

    // Half a second later.
    private static readonly WatchActivityResponse Second = new()
    {
        ElapsedUs = 500_000,
        VmCount = 4,
        Total = new VmActivity
        {
            MessagesPended = 1_010,
            MessagesCoalesced = 4,
            Acknowledged = 7_400,
            Commands = 1_000_050,
            WaitingCommands = 12,
            PendingLpis = 3,
            WaitingCalls = 4,
            Injection = new LatencySummary { Count = 14, P50Ns = 640, P99Ns = 8_200, P999Ns = 70_000 },
        },
        Vms =
        {
            new VmActivity
            {
                Vm = "vms/busy",
                State = VmState.Running,
                Attached = true,
                MessagesPended = 110,
                MessagesCoalesced = 24,
                MessagesDropped = 4,
                Acknowledged = 96,
                Commands = 45,
                WaitingCommands = 7,
                StalledQueues = 1,
                PendingLpis = 11,
                WaitingCalls = 2,
                Injection = new LatencySummary { Count = 15, P50Ns = 917, P99Ns = 2_600, P999Ns = 12_000_000 },
                Acknowledge = new LatencySummary { Count = 3, P50Ns = 45_000, P99Ns = 1_500_000_000 },
                Mistakes = 2,
                LastMistake = "no MAPTI has mapped the event",
                LastMistakeTime = Timestamp.FromDateTime(new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc)),
            },
            // Another one of the same name, whose counts begin anew.
            new VmActivity { Vm = "vms/other", State = VmState.Paused, MessagesPended = 7, WaitingCalls = 80 },
            new VmActivity { Vm = "vms/young", State = VmState.Faulted, MessagesPended = 9, WaitingCommands = 5 },
        },
    };

    [Fact]
    public void Rates_are_of_the_time_between_two_looks_and_the_rest_is_as_it_is_now()
    {
        var (_, lines) = Shown();

        Assert.Equal(
            "VM state msi/s coalesced/s dropped/s ack/s cmd/s inject p50 p99 p99.9 ack p50 p99 queued pending waiting",
            lines[0]);
        Assert.Equal("all 4 VMs 28 8 0 13.0 k 2.00 M 640 ns 8.2 us 70 us - - 12 3 4", lines[1]);
        Assert.Equal(
            "vms/busy running, attached 30 8 2 12 10 917 ns 2.6 us 12 ms 45 us 1.5 s 7 stalled 11 2", lines[2]);
    }

    [Fact]
    public void Vm_that_was_not_there_or_began_anew_has_no_rates()
    {
        var (first, second) = Shown();

        Assert.Equal("vms/busy running - - - - - - - - - - 0 0 0", first[2]);
        Assert.Equal("vms/other paused - 0 0 0 0 - - - - - 0 0 80", second[3]);
        Assert.Equal("vms/young faulted - - - - - - - - - - 5 0 0", second[4]);
    }

    [Fact]
    public void Last_mistakes_are_below_the_table()
    {
        var (first, second) = Shown();

        Assert.Equal(4, first.Count);
        Assert.Equal("vms/busy, 03:04:05Z: no MAPTI has mapped the event (2 in all)", Assert.Single(second.Skip(5)));
    }

    [Fact]
    public async Task On_a_terminal_each_look_takes_the_place_of_the_one_before()
    {
        using var output = new StringWriter();
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(output),
        });
        terminal.Profile.Width = Wide;

        await Top.ShowAsync(terminal, isLive: true, new[] { First, Second }.ToAsyncEnumerable());

        var screen = new Screen(output.ToString());
        Assert.Equal(Shown().Second, screen.Lines.Select(Cells).Where(line => line.Length > 0));
        Assert.Contains(Escape, output.ToString());
    }

    [Fact]
    public async Task In_a_file_each_look_is_below_the_one_before()
    {
        using var output = new StringWriter();

        await Top.ShowAsync(Terminals.For(output), isLive: false, new[] { First, Second }.ToAsyncEnumerable());

        var (first, second) = Shown();
        Assert.Equal(first.Concat(second), LinesOf(output));
        Assert.DoesNotContain(Escape, output.ToString());
    }

    private static (List<string> First, List<string> Second) Shown()
    {
        var view = new ActivityView();
        return (Show(First), Show(Second));

        List<string> Show(WatchActivityResponse look)
        {
            using var output = new StringWriter();
            Terminals.For(output).Write(view.Show(look));
            return LinesOf(output);
        }
    }

    private static List<string> LinesOf(StringWriter output) =>
        [.. output.ToString().Split('\n').Select(Cells).Where(line => line.Length > 0)];

    // Without what only aligns it.
    private static string Cells(string line) => Blanks().Replace(line.Trim(), " ");

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();
}
