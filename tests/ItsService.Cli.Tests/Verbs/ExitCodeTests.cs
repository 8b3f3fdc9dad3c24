using ItsService.Cli.Tests.Hosting;

namespace ItsService.Cli.Tests.Verbs;

/// <summary>Every way to fail has its code and its words.</summary>
public sealed class ExitCodeTests
{
    [Theory]
    [InlineData("nonsense", "'nonsense'")]
    [InlineData("vm nonsense", "'nonsense'")]
    [InlineData("vm", "Required command")]
    [InlineData("vm show", "'show'")]
    [InlineData("vm show a b", "'b'")]
    [InlineData("vm list --nonsense", "'--nonsense'")]
    [InlineData("vm create a --vcpus many", "'many' is no number")]
    [InlineData("vm create a --vcpus -1", "'-1'")]
    [InlineData("vm create a --vcpus 0x100000000", "'0x100000000' is no number")]
    [InlineData("vm create a --vcpus 200000", "200000")]
    [InlineData("vm create a --profile vmware", "'vmware' not recognized. Must be one of: 'kvm' 'qemu'")]
    [InlineData("vm create a --ram 0x40000000", ":offset=N]], as 0x40000000:512M or")]
    [InlineData("vm create a --ram 0:1M:remote:shared=a", "is no memory region")]
    [InlineData("vm create a --ram 0:1M:offset=4K", "is no memory region")]
    [InlineData("vm create a --ram 0:1M:ro:ro", "is no memory region")]
    [InlineData("vm create a --ram 0x40000000:much", ":offset=N]], as 0x40000000:512M or")]
    [InlineData("vm create a --gits here", "'here' is no address")]
    [InlineData("reg read", "'read'")]
    [InlineData("reg read !", "'!' is no register")]
    [InlineData("reg read gits+there", "no offset that is a number")]
    [InlineData("reg read 0xyz", "'0xyz' is no address")]
    [InlineData("reg read GICR_CTLR@1 --index 2", "'GICR_CTLR@1' and --index name different registers")]
    [InlineData("reg write GITS_CTLR", "'write'")]
    [InlineData("reg write GITS_CTLR one", "'one' is no number")]
    [InlineData("replay", "'replay'")]
    [InlineData("replay a.trace.gz --stop-after soon", "'soon' is no number")]
    [InlineData("replay a.trace.gz --stop-after 0", "'0' is no number between 1 and 0x7fffffff")]
    [InlineData("replay a.trace.gz --stop-after 2147483648", "'2147483648' is no number between 1 and 0x7fffffff")]
    [InlineData("replay a.trace.gz --max-mismatches 0x80000000", "'0x80000000' is no number between 0 and 0x7fffffff")]
    [InlineData("vm list --server", "'--server'")]
    [InlineData("vm list --server localhost:7400", "http://HOST:PORT")]
    [InlineData("vm list --server ftp://localhost", "http://HOST:PORT")]
    [InlineData("vm list --server unix:", "a socket's path")]
    [InlineData("vm list --server http://127.0.0.1:1 --embedded", "--server and --embedded exclude one another")]
    public async Task Wrong_command_line_is_usage(string commandLine, string words)
    {
        var run = await ItsctlRun.OfAsync(commandLine.Split(' '));

        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
        Assert.All(
            run.Error.TrimEnd('\n').Split('\n'),
            line => Assert.StartsWith("itsctl: ", line, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "vm", "show", "")]
    [InlineData("", "vm", "delete", " ")]
    [InlineData("--vm: ", "dump", "--vm", "")]
    public async Task Empty_name_is_usage(string option, params string[] arguments)
    {
        await using var server = await TestServer.StartAsync();

        var run = await server.ItsctlAsync(arguments);

        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"itsctl: {option}the VM's name is empty\n", run.Error, StringComparison.Ordinal);
    }

    public static TheoryData<string> CallingVerbs =>
    [
        "vm create a", "vm list", "vm show a", "vm pause a", "vm resume a", "vm delete a", "reg read GITS_TYPER",
        "reg write GITS_CTLR 1 --vm a", "cmd submit sync rdbase=0", "dump", "dump --vm a",
    ];

    [Theory]
    [MemberData(nameof(CallingVerbs))]
    public async Task Service_that_is_not_there_is_unreachable(string commandLine)
    {
        foreach (var address in new[] { Nobody.FreePort(), Nobody.AbsentSocket() })
        {
            var run = await ItsctlRun.OfAsync([.. commandLine.Split(' '), "--server", address]);

            Assert.StartsWith(
                $"itsctl: no service at {address}: ", run.FailedWith(ExitCode.Unreachable), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Replay_needs_a_service_that_is_there()
    {
        var recording = Replay.Recordings.PathOf("linux612-page16k-1cpu");

        var run = await ItsctlRun.OfAsync(["replay", recording, "--server", Nobody.FreePort()]);

        run.FailedWith(ExitCode.Unreachable);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("SSH-2.0-x\r\n")]
    [InlineData("")]
    public async Task Other_service_is_unreachable(string answer)
    {
        await using var peer = new OtherService(answer);

        var run = await ItsctlRun.OfAsync(["vm", "list", "--server", peer.Url]);

        run.FailedWith(ExitCode.Unreachable);
    }

    [Theory]
    [InlineData("vm show nobody", "vms/nobody")]
    [InlineData("vm pause nobody", "vms/nobody")]
    [InlineData("vm resume nobody", "vms/nobody")]
    [InlineData("vm delete nobody", "vms/nobody")]
    [InlineData("dump --vm nobody", "vms/nobody")]
    [InlineData("reg read GITS_TYPER --vm nobody", "vms/nobody")]
    [InlineData("reg write GITS_CTLR 1 --vm nobody", "vms/nobody")]
    [InlineData("vm show Guest", "accepted: ")]
    [InlineData("vm create guest", "vms/guest")]
    [InlineData("vm create Guest", "accepted: ")]
    [InlineData("vm create other --vcpus 1000", "1000 vCPUs; accepted: 1..512")]
    [InlineData("vm create other --ram 0x8000000:1M", "overlap")]
    [InlineData("vm create other --gits 0x8080001", "8080001")]
    public async Task What_the_service_refuses_is_told_in_its_words(string commandLine, string words)
    {
        await using var server = await TestServer.StartAsync();
        await Guest.CreateAsync(server.Client, "guest");
        var before = await server.ListVmsAsync();

        var run = await server.ItsctlAsync(commandLine.Split(' '));

        Assert.Equal((ExitCode.Refused, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("itsctl: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, await server.ListVmsAsync());
    }

    [Fact]
    public async Task Every_reason_of_a_refusal_has_its_line()
    {
        await using var server = await TestServer.StartAsync();

        var run = await server.ItsctlAsync("vm", "create", "Guest", "--vcpus", "0", "--gits", "0x8080001");

        Assert.Equal(ExitCode.Refused, run.ExitCode);
        var lines = run.Error.TrimEnd('\n').Split('\n');
        Assert.Equal($"itsctl: the service refuses this for {lines.Length - 1} reasons:", lines[0]);
        Assert.All(lines[1..], line => Assert.StartsWith("  ", line, StringComparison.Ordinal));
        foreach (var field in new[] { "vm_id", "spec.vcpus", "spec.its[0].base" })
        {
            Assert.Contains(lines, line => line.Contains(field, StringComparison.Ordinal));
        }

        Assert.Empty(await server.ListVmsAsync());
    }

    [Fact]
    public async Task Program_hands_code_and_streams_to_the_shell()
    {
        var run = await BuiltProgram.RunAsync(
            "src/ItsService.Cli", "itsctl", "vm", "list", "--server", Nobody.AbsentSocket());

        run.FailedWith(ExitCode.Unreachable);
    }
}
