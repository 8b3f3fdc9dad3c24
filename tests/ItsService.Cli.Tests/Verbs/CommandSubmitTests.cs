using System.Text;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Verbs;

public sealed class CommandSubmitTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commands_are_executed_and_told_one_to_a_line()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");

        var run = await server.ItsctlAsync(
            "cmd", "submit", "mapd", "device=0x30", "itt=0x40078000", "bits=3,", "MAPTI", "Device=48", "event=1",
            "lpi=0x2001", "icid=1", ",", "int", "device=0x30", "event=1", "sync", "rdbase=1");

        Assert.Equal(
            [
                "0x000a0 mapd device=0x30 itt=0x40078000 bits=3: executed",
                "0x000c0 mapti Device=48 event=1 lpi=0x2001 icid=1: executed",
                "0x000e0 int device=0x30 event=1: executed",
                "0x00100 sync rdbase=1: executed",
                "vCPU 1: IRQ asserted, FIQ deasserted now",
                "vms/guest ITS 0: 4 commands: 4 executed",
            ],
            run.Succeeded().Lines);
        Assert.Equal(0x2001UL, await Guest.AcknowledgeAsync(vm, 1));
    }

    [Fact]
    public async Task One_command_to_an_argument_reads_the_same()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.BootAsync(server.Client, "guest");

        var run = await server.ItsctlAsync(
            "cmd", "submit", "inv device=0x28 event=0", "discard device=0x28 event=1, sync rdbase=0", "--vm", "guest");

        Assert.Equal("vms/guest ITS 0: 3 commands: 3 executed", run.Succeeded().Lines[^1]);
    }

    [Theory]
    [InlineData("mapd device=0x28 valid=0", "0000002800000008 0 0 0")]
    [InlineData("mapd device=0x28 itt=0x40070000 bits=5 valid=1", "0000002800000008 4 8000000040070000 0")]
    [InlineData("mapc icid=1 valid=0", "9 0 1 0")]
    [InlineData("mapc icid=1 rdbase=0", "9 0 8000000000000001 0")]
    [InlineData("mapti device=0x28 event=3 lpi=8195 icid=1", "000000280000000a 0000200300000003 1 0")]
    [InlineData("mapi device=0x28 event=3 icid=1", "000000280000000b 3 1 0")]
    [InlineData("movi device=0x28 event=0 icid=1", "0000002800000001 0 1 0")]
    [InlineData("movall rdbase1=0 rdbase2=1", "e 0 0 0x10000")]
    [InlineData("discard device=0x28 event=1", "000000280000000f 1 0 0")]
    [InlineData("inv device=0x28 event=1", "000000280000000c 1 0 0")]
    [InlineData("invall icid=1", "d 0 1 0")]
    [InlineData("int device=0x28 event=1", "0000002800000003 1 0 0")]
    [InlineData("clear device=0x28 event=1", "0000002800000004 1 0 0")]
    [InlineData("sync rdbase=1", "5 0 10000 0")]
    public async Task Typed_command_lies_in_the_queue_as_the_raw_one(string typed, string raw)
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");

        await server.ItsctlAsync("cmd", "submit", typed, $"raw {raw}");

        var slots = await vm.ReadMemoryAsync(Guest.Queue + 0xA0, 64, Cancellation).WithinLimit();
        Assert.Equal(slots[..32], slots[32..]);
        Assert.NotEqual(0, slots[0]);
    }

    [Fact]
    public async Task Command_in_error_is_told_and_fails_the_check()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.BootAsync(server.Client, "guest");

        var run = await server.ItsctlAsync("cmd", "submit", "int device=0x10 event=0", "raw 7F 0 0 0, sync rdbase=0");

        Assert.Equal((ExitCode.CheckFailed, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            [
                "0x000a0 int device=0x10 event=0: failed: INT names device 0x10, which no MAPD has mapped "
                    + "[INT_UNMAPPED_DEVICE 0x010304]",
                "0x000c0 raw 7F 0 0 0: failed: 0x7F is the opcode of no command that this ITS has "
                    + "[UNKNOWN_OPCODE 0xff000001]",
                "0x000e0 sync rdbase=0: executed",
                "vms/guest ITS 0: 3 commands: 2 failed, 1 executed",
            ],
            run.Lines);
    }

    [Fact]
    public async Task Stall_is_told()
    {
        await using var server = await TestServer.StartAsync();
        var spec = Guest.Spec();
        spec.CommandErrorPolicy = CommandErrorPolicy.Stall;
        await Guest.BootAsync(server.Client, "guest", spec);

        var run = await server.ItsctlAsync("cmd", "submit", "int device=0x10 event=0 sync rdbase=0");

        Assert.Equal(ExitCode.CheckFailed, run.ExitCode);
        Assert.Equal(
            [
                "0x000a0 int device=0x10 event=0: the queue stalled: INT names device 0x10, which no MAPD has mapped "
                    + "[INT_UNMAPPED_DEVICE 0x010304]",
                "0x000c0 sync rdbase=0: not executed: the queue stalled on a command before it",
                "vms/guest ITS 0: 2 commands: 1 stalled, 1 not executed",
            ],
            run.Lines);
    }

    [Fact]
    public async Task Its_is_chosen_by_number()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.BootAsync(server.Client, "guest");

        var refusal = await server.ItsctlAsync("cmd", "submit", "sync rdbase=0", "--its", "1");

        Assert.Equal("itsctl: its: there is no ITS 1; accepted: 0", refusal.FailedWith(ExitCode.Refused));
    }

    [Fact]
    public async Task Json_is_the_answer_of_the_service()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.BootAsync(server.Client, "guest");

        var run = await server.ItsctlAsync(
            "cmd", "submit", "--json", "int device=0x28 event=1", "int device=1 event=0");

        Assert.Equal((ExitCode.CheckFailed, ""), (run.ExitCode, run.Error));
        var results = run.Json.GetProperty("results");
        Assert.Equal(
            ["COMMAND_OUTCOME_EXECUTED", "COMMAND_OUTCOME_FAILED"],
            results.EnumerateArray().Select(result => result.GetProperty("outcome").GetString()));
        Assert.Equal((0xC0, 0x010304), (
            results[1].GetProperty("queue_offset").GetInt32(), results[1].GetProperty("error_code").GetInt32()));
        Assert.Equal(1, run.Json.GetProperty("changed_lines")[0].GetProperty("vcpu").GetInt32());
    }

    [Fact]
    public async Task Commands_come_from_a_file()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.BootAsync(server.Client, "guest");
        using var folder = new TemporaryFolder();
        var file = folder.Write(
            "commands.txt",
            Encoding.UTF8.GetBytes("# maps two events\n\nmapd device=0x30 itt=0x40078000 bits=3   # a device\r\n"
                + "mapti device=0x30 event=0 lpi=8200 icid=0, mapti device=0x30 event=1 lpi=8201 icid=0\n"
                + "\tsync rdbase=0"));

        var run = await server.ItsctlAsync("cmd", "submit", "--file", file);

        Assert.Equal("vms/guest ITS 0: 4 commands: 4 executed", run.Succeeded().Lines[^1]);
        Assert.Equal("0x00100 sync rdbase=0: executed", run.Lines[^2]);
    }

    [Theory]
    [InlineData("sync rdbase=0\nmapti device=1", "line 2 (mapti): event is missing")]
    [InlineData("sync rdbase=0 # fine\n\nmapd device=1 itt=0x100 bits=33", "line 3 (mapd): bits is '33'")]
    [InlineData("raw 1 2\n3 4", "line 1 (raw): DW2 is missing")]
    [InlineData("# nothing\n\n", "there is no command in it")]
    [InlineData("", "there is no command in it")]
    [InlineData("\0\u0001\u009B", "'???' is no command")]
    public async Task File_that_cannot_be_read_is_refused_and_nothing_submitted(string text, string words)
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");
        using var folder = new TemporaryFolder();
        var file = folder.Write("commands.txt", Encoding.UTF8.GetBytes(text));

        var run = await server.ItsctlAsync("cmd", "submit", "--file", file);

        Assert.Contains($"{file}: ", run.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
        var writer = await vm.ReadRegisterAsync(RegisterPlace.Named("GITS_CWRITER"), Cancellation).WithinLimit();
        Assert.Equal(0xA0UL, writer.Value);
    }

    [Fact]
    public async Task File_that_is_none_is_refused()
    {
        using var folder = new TemporaryFolder();

        var absent = await ItsctlRun.OfAsync(["cmd", "submit", "--file", folder.PathOf("absent")]);
        var directory = await ItsctlRun.OfAsync(["cmd", "submit", "--file", folder.PathOf(".")]);
        var nameless = await ItsctlRun.OfAsync(["cmd", "submit", "--file", ""]);

        Assert.EndsWith("there is no such file", absent.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
        Assert.EndsWith("this is a directory", directory.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
        nameless.FailedWith(ExitCode.Refused);
    }

    [Theory]
    [InlineData("mapti device=1 event=2 lpi=8192", "(mapti): icid is missing: icid=N, with 0..65535")]
    [InlineData("mapti device=1 event=2 lpi=8192 icid=70000", "(mapti): icid is '70000'; it accepts 0..65535")]
    [InlineData("mapti device=1 event=2 lpi=8192 icid=-1", "icid is '-1'; it accepts 0..65535")]
    [InlineData("mapti device=1 event=2 lpi=8192 icid=", "icid is ''; it accepts 0..65535")]
    [InlineData("mapti device=1 event=2 lpi=8192 icid=1=1", "icid is '1=1'")]
    [InlineData("inv device=0x100000000 event=0", "device is '0x100000000'; it accepts 0x0..0xffffffff")]
    [InlineData("inv device=1 event=0 event=0", "(inv): event is given twice")]
    [InlineData("inv device=1 evnt=0", "(inv): it takes no 'evnt', but device, event")]
    [InlineData("sync rdbase=0, maptii device=1", "command 2: 'maptii' is no command: they are mapd, ")]
    [InlineData("device=1", "command 1: 'device=1' is no command")]
    [InlineData("mapd device=1 itt=0x40000080 bits=3", "'0x40000080'; it accepts 0x0..0xfffffffffff00, a multiple")]
    [InlineData("mapd device=1 itt=0x40000000 bits=0", "bits is '0'; it accepts 1..32")]
    [InlineData("mapd device=1", "(mapd): itt is missing")]
    [InlineData("mapd device=1 valid=1", "(mapd): itt is missing")]
    [InlineData("mapd valid=0", "(mapd): device is missing")]
    [InlineData("mapd device=1 valid=2", "valid is '2'; it accepts 0..1")]
    [InlineData("mapc icid=1", "(mapc): rdbase is missing")]
    [InlineData("mapc icid=1 rdbase=0x10000000000000", "rdbase is '0x10000000000000'")]
    [InlineData("raw 1 2 3", "(raw): DW3 is missing")]
    [InlineData("raw 1 2 3 x", "(raw): DW3 is 'x'")]
    [InlineData("raw 1 2 3 10000000000000000", "it accepts 1..16 hex digits")]
    [InlineData("raw 1 2 3 0x", "DW3 is '0x'")]
    [InlineData("raw 1 2 3 4 5", "command 2: '5' is no command")]
    [InlineData(",", "there is no command")]
    [InlineData("sync rdbase=0 --file a.txt", "either here or with --file")]
    [InlineData("sync rdbase=0 --its x", "'x' is no number")]
    public async Task Wrong_command_is_usage_and_names_field_and_range(string commands, string words)
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.BootAsync(server.Client, "guest");

        var run = await server.ItsctlAsync(["cmd", "submit", .. commands.Split(' ')]);

        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("itsctl: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
        var writer = await vm.ReadRegisterAsync(RegisterPlace.Named("GITS_CWRITER"), Cancellation).WithinLimit();
        Assert.Equal(0xA0UL, writer.Value);
    }

    [Fact]
    public async Task Nothing_to_submit_is_usage()
    {
        var run = await ItsctlRun.OfAsync(["cmd", "submit"]);

        Assert.Contains("cmd submit --help", run.FailedWith(ExitCode.Usage), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sync rdbase=0x1000000000", "commands[0].sync.rd_base")]
    public async Task Field_that_only_the_service_can_judge_is_refused_by_it(string command, string words)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.BootAsync(server.Client, "guest");

        var run = await server.ItsctlAsync("cmd", "submit", command);

        Assert.Contains(words, run.FailedWith(ExitCode.Refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_that_is_not_set_up_is_refused_with_its_reasons()
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");

        var run = await server.ItsctlAsync("cmd", "submit", "sync", "rdbase=0");

        Assert.Equal((ExitCode.Refused, ""), (run.ExitCode, run.Output));
        Assert.Equal(
            "itsctl: the service refuses this for 2 reasons:\n"
            + "  ITS 0 has no command queue: the guest has not set GITS_CBASER.Valid\n"
            + "  ITS 0 reads no commands: GITS_CTLR.Enabled is 0\n",
            run.Error);
    }
}
