using System.Runtime.Versioning;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Verbs;

/// <summary>Where `itsctl save` writes, and what it leaves of what was there.</summary>
[SupportedOSPlatform("linux")]
public sealed class StateFileTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly byte[] State = [1, 2, 3];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void State_goes_behind_a_link_and_the_link_stays(bool isDangling)
    {
        using var folder = new TemporaryFolder();
        var (target, middle, link) = (folder.PathOf("target"), folder.PathOf("middle"), folder.PathOf("link"));
        if (!isDangling)
        {
            File.WriteAllText(target, "before");
        }

        File.CreateSymbolicLink(middle, "target");
        File.CreateSymbolicLink(link, middle);

        Write(link);

        Assert.Equal(State, File.ReadAllBytes(target));
        Assert.Equal("target", new FileInfo(middle).LinkTarget);
        Assert.Equal(middle, new FileInfo(link).LinkTarget);
        Assert.Equal([link, middle, target], Directory.GetFiles(folder.PathOf("")).Order());
    }

    [Fact]
    public void File_that_is_replaced_keeps_its_mode_and_a_new_one_is_its_owners_alone()
    {
        using var folder = new TemporaryFolder();
        var (secret, shared, fresh) = (folder.PathOf("secret"), folder.PathOf("shared"), folder.PathOf("fresh"));
        const UnixFileMode Shared = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        File.WriteAllText(secret, "before");
        File.SetUnixFileMode(secret, OwnerOnly);
        File.WriteAllText(shared, "before");
        File.SetUnixFileMode(shared, Shared);

        Write(secret);
        Write(shared);
        Write(fresh);

        Assert.Equal(
            (OwnerOnly, Shared, OwnerOnly),
            (File.GetUnixFileMode(secret), File.GetUnixFileMode(shared), File.GetUnixFileMode(fresh)));
        Assert.Equal(State, File.ReadAllBytes(shared));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_no_file_is_refused_before_anything_happens_and_stays(bool isLinked)
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var vm = await Guest.BootAsync(server.Client, "guest");
        var (pipe, link) = (folder.PathOf("pipe"), folder.PathOf("link"));
        await Pipes.MakeAsync(pipe);
        File.CreateSymbolicLink(link, pipe);
        var path = isLinked ? link : pipe;

        var sentence = (await server.ItsctlAsync("save", "guest", path, "--stay-paused")).FailedWith(ExitCode.Refused);

        Assert.Equal($"itsctl: {path} cannot be written: it is no regular file", sentence);
        Assert.True(FileKind.IsSomethingElse(pipe), "the FIFO was replaced");
        Assert.Equal([link, pipe], Directory.GetFiles(folder.PathOf("")).Order());
        Assert.Equal(VmState.Running, (await vm.DescribeAsync(Cancellation).WithinLimit()).State);
    }

    [Fact]
    public void Full_disk_is_told_and_leaves_the_file_that_was_there()
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("guest.state");
        File.WriteAllText(path, "before");

        var refusal = Assert.Throws<InputException>(() =>
        {
            using var file = StateFile.Begin(path, unfinished => new FullDisk(unfinished));
            file.Finish(State);
        });

        Assert.Equal($"{path} cannot be written: {FullDisk.Sentence}", refusal.Message);
        Assert.Equal("before", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.PathOf("")));
    }

    [Fact]
    public async Task Save_that_fails_when_its_vm_is_paused_says_that_it_is()
    {
        await using var server = await TestServer.StartAsync();
        using var folder = new TemporaryFolder();
        var vm = await Guest.BootAsync(server.Client, "guest");
        await vm.PauseAsync(Cancellation).WithinLimit();

        var run = await server.ItsctlAsync(
            "save", "guest", folder.PathOf("a"), "--in-flight", "refuse", "--stay-paused");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        // The queue has one page: the service refuses.
        await vm.SetAttributeAsync(
            DeviceAttributeId.ItsRegister(new ItsIndex(0), 0x90), 0x8000, Cancellation).WithinLimit();
        run = await server.ItsctlAsync("save", "guest", folder.PathOf("a"), "--stay-paused");

        Assert.Equal((ExitCode.Refused, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(
            "itsctl: vms/guest is Paused\nitsctl: its[0].GITS_CREADR", run.Error, StringComparison.Ordinal);
    }

    private static void Write(string path)
    {
        using var file = StateFile.Begin(path);
        file.Finish(State);
    }

    /// <summary>It takes nothing, and says so again when it is closed.</summary>
    private sealed class FullDisk(string path) : FileStream(path, FileMode.CreateNew, FileAccess.Write)
    {
        public const string Sentence = "No space left on device";

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException(Sentence);

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing)
            {
                throw new IOException(Sentence);
            }
        }
    }
}
