using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Grpc.Core;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Processes;

/// <summary>The service as a user starts and stops it.</summary>
[SupportedOSPlatform("linux")]
public sealed class ServerProcessTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("its-process-");

    private string SocketPath => Path.Combine(_directory.FullName, "its.sock");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Server_prints_its_addresses_and_serves_them()
    {
        await using var process = ServerProcess.Start("--listen", "127.0.0.1:0", "--unix-socket", SocketPath);

        var addresses = await process.ReadAddressesAsync(2);

        Assert.Equal($"unix:{SocketPath}", addresses[1]);
        using var tcp = Api.OverTcp(new Uri(addresses[0]));
        using var unixSocket = Api.OverUnixSocket(SocketPath);
        await tcp.CreateVmAsync("seen", GuestMap.Spec());
        Assert.Equal("vms/seen", Assert.Single((await unixSocket.ListVmsAsync()).Vms).Name);
    }

    [Fact]
    public async Task Addresses_can_come_from_the_environment()
    {
        await using var process = ServerProcess.Start([], new Dictionary<string, string>
        {
            ["ITS__LISTEN"] = "none",
            ["ITS__UNIXSOCKETPATH"] = SocketPath,
            ["ITS__LIMITS__VMSMAX"] = "3",
        });

        Assert.Equal([$"unix:{SocketPath}"], await process.ReadAddressesAsync(1));
        using var api = Api.OverUnixSocket(SocketPath);
        Assert.Equal(3u, (await api.GetServerInfoAsync()).Limits.VmsMax);
    }

    [Fact]
    public async Task Port_in_use_is_told_in_one_line()
    {
        var (first, address) = await ServerProcess.ServeTcpAsync();
        await using var firstServer = first;

        await using var second = ServerProcess.Start(
            "--listen", $"127.0.0.1:{address.Port}", "--unix-socket", SocketPath);
        var (exitCode, output, error) = await second.WaitForExitAsync();

        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Contains($"127.0.0.1:{address.Port}", AssertOneLine(error), StringComparison.Ordinal);
        Assert.False(Path.Exists(SocketPath), "a socket is left behind");
        using var api = Api.OverTcp(address);
        await api.GetServerInfoAsync();
    }

    [Fact]
    public async Task Two_servers_started_alike_leave_the_first_ones_socket_alone()
    {
        await using var first = ServerProcess.Start("--listen", "127.0.0.1:0", "--unix-socket", SocketPath);
        var addresses = await first.ReadAddressesAsync(2);

        await using var second = ServerProcess.Start(
            "--listen", $"127.0.0.1:{new Uri(addresses[0]).Port}", "--unix-socket", SocketPath);
        var (exitCode, _, error) = await second.WaitForExitAsync();

        Assert.Equal(1, exitCode);
        AssertOneLine(error);
        using var api = Api.OverUnixSocket(SocketPath);
        await api.GetServerInfoAsync();
    }

    [Fact]
    public async Task Socket_of_a_killed_server_is_replaced()
    {
        await using var killed = await ServerProcess.ServeUnixSocketAsync(SocketPath);
        await killed.KillAsync();
        Assert.True(Path.Exists(SocketPath), "the kill left no socket behind");

        await using var next = await ServerProcess.ServeUnixSocketAsync(SocketPath);

        using var api = Api.OverUnixSocket(SocketPath);
        await api.GetServerInfoAsync();
    }

    [Fact]
    public async Task Socket_on_which_somebody_listens_is_not_touched()
    {
        await using var first = await ServerProcess.ServeUnixSocketAsync(SocketPath);

        await using var second = ServerProcess.Start("--listen", "none", "--unix-socket", SocketPath);
        var (exitCode, output, error) = await second.WaitForExitAsync();

        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Contains(SocketPath, AssertOneLine(error), StringComparison.Ordinal);
        using var api = Api.OverUnixSocket(SocketPath);
        await api.GetServerInfoAsync();
    }

    [Fact]
    public async Task File_that_is_no_socket_is_not_touched()
    {
        await File.WriteAllTextAsync(SocketPath, "precious", TestContext.Current.CancellationToken);

        await using var process = ServerProcess.Start("--listen", "none", "--unix-socket", SocketPath);
        var (exitCode, _, error) = await process.WaitForExitAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains(SocketPath, AssertOneLine(error), StringComparison.Ordinal);
        Assert.Equal(
            "precious", await File.ReadAllTextAsync(SocketPath, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Fifo_at_the_sockets_path_is_not_touched_and_hangs_nothing()
    {
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", SocketPath))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await using var process = ServerProcess.Start("--listen", "none", "--unix-socket", SocketPath);
        var (exitCode, _, error) = await process.WaitForExitAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("is not a socket", AssertOneLine(error), StringComparison.Ordinal);
        Assert.True(Path.Exists(SocketPath));
    }

    [Fact]
    public async Task Socket_in_a_directory_that_is_not_there_is_refused_in_one_line()
    {
        var path = Path.Combine(Path.GetDirectoryName(SocketPath)!, "absent", "its.sock");

        await using var process = ServerProcess.Start("--listen", "none", "--unix-socket", path);
        var (exitCode, _, error) = await process.WaitForExitAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("has no directory to lie in", AssertOneLine(error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_is_for_its_owner_alone()
    {
        await using var process = await ServerProcess.ServeUnixSocketAsync(SocketPath);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Signal_stops_the_server_cleanly(bool interrupt)
    {
        await using var process = ServerProcess.Start("--listen", "127.0.0.1:0", "--unix-socket", SocketPath);
        var address = new Uri((await process.ReadAddressesAsync(2))[0]);

        SendStop(process, interrupt);
        var (exitCode, _, error) = await process.WaitForExitAsync();

        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("Exception", error, StringComparison.Ordinal);
        Assert.False(Path.Exists(SocketPath), "a socket is left behind");
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Throws<SocketException>(() => probe.Connect(IPAddress.Loopback, address.Port));
    }

    [Fact]
    public async Task Calls_that_wait_do_not_keep_a_server_that_is_told_to_stop()
    {
        await using var process = await ServerProcess.ServeUnixSocketAsync(SocketPath);
        using var api = Api.OverUnixSocket(SocketPath);
        var guest = await Guest.CreateAsync(api, "paused");
        await api.PauseAsync(guest.Name);
        using var watch = api.Health.Watch(
            new Protocol.Health.HealthCheckRequest(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(await watch.ResponseStream.MoveNextWithinLimit());
        var waiting = guest.SignalAsync(1, 1);
        await api.GetVmAsync(guest.Name);

        process.Terminate();
        var (exitCode, _, _) = await process.WaitForExitAsync();

        Assert.Equal(0, exitCode);
        var error = await Assert.ThrowsAsync<RpcException>(() => waiting);
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.False(Path.Exists(SocketPath), "a socket is left behind");
    }

    private static void SendStop(ServerProcess process, bool interrupt)
    {
        if (interrupt)
        {
            process.Interrupt();
        }
        else
        {
            process.Terminate();
        }
    }

    private static string AssertOneLine(string text)
    {
        var line = text.TrimEnd('\n');
        Assert.NotEmpty(line);
        Assert.DoesNotContain('\n', line);
        return line;
    }
}
