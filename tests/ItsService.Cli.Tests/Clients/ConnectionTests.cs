using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;

namespace ItsService.Cli.Tests.Clients;

public sealed class ConnectionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_connects_over_TCP_and_over_a_Unix_socket()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await Guest.CreateAsync(server.Client, "guest");

        var path = server.UnixUrl["unix:".Length..];
        foreach (var address in new[] { server.Url, $"{server.Url}/", $"unix:{path}", $"unix://{path}" })
        {
            await using var client = ItsClient.Connect(address);
            var typer = await client.Vm(vm.Name)
                .ReadRegisterAsync(RegisterPlace.Named("GITS_TYPER"), Cancellation).WithinLimit();

            Assert.Equal(0x1EF71UL, typer.Value);
            Assert.Equal(address, client.Server.Text);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost:7400")]
    [InlineData("127.0.0.1:7400")]
    [InlineData("ftp://localhost")]
    [InlineData("http://")]
    [InlineData("http://localhost:7400/path")]
    [InlineData("http://user@localhost:7400")]
    [InlineData("unix:")]
    public void Address_of_no_known_form_is_a_FormatException(string address)
    {
        var problem = Assert.Throws<FormatException>(() => ItsClient.Connect(address));

        Assert.StartsWith($"'{address}' is no server address: ", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Path_that_no_socket_can_have_is_a_FormatException()
    {
        var problem = Assert.Throws<FormatException>(() => ItsClient.Connect($"unix:/{new string('a', 108)}"));

        Assert.Contains("a socket's path has 1 to 107 bytes", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_unreachable_and_no_refusal()
    {
        foreach (var address in new[] { Nobody.FreePort(), Nobody.AbsentSocket() })
        {
            await using var client = ItsClient.Connect(address);

            var failure = await Assert.ThrowsAsync<ItsServiceException>(
                () => client.GetServerInfoAsync(Cancellation).WithinLimit());

            Assert.True(failure.IsUnreachable);
            Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
            Assert.Empty(failure.Problems);
            Assert.StartsWith($"no service at {address}: ", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Peer_that_speaks_no_gRPC_is_unreachable()
    {
        await using var peer = new OtherService("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        await using var client = ItsClient.Connect(peer.Url);

        var failure = await Assert.ThrowsAsync<ItsServiceException>(
            () => client.GetServerInfoAsync(Cancellation).WithinLimit());

        Assert.True(failure.IsUnreachable);
    }

    [Fact]
    public async Task Peer_that_never_answers_the_connection_is_given_up()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var options = new ItsClientOptions { CallTimeout = TimeSpan.FromMilliseconds(300) };
        await using var client = ItsClient.Connect(ServerAddress.Parse($"http://{listener.LocalEndpoint}"), options);

        var failure = await Assert.ThrowsAsync<ItsServiceException>(
            () => client.GetServerInfoAsync(Cancellation).WithinLimit());

        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
    }

    [Fact]
    public async Task Client_finds_the_service_that_starts_later()
    {
        var address = Nobody.AbsentSocket();
        await using var client = ItsClient.Connect(address);
        await Assert.ThrowsAsync<ItsServiceException>(() => client.GetServerInfoAsync(Cancellation).WithinLimit());

        await using var server = await TestServer.StartAsync(
            options => options.UnixSocketPath = address["unix:".Length..]);

        Assert.Equal("its.v1", (await client.GetServerInfoAsync(Cancellation).WithinLimit()).ApiVersion);
    }

    [Fact]
    public async Task VMs_are_listed_across_pages()
    {
        const int Count = 1003;
        await using var server = await TestServer.StartAsync();
        foreach (var chunk in Enumerable.Range(0, Count).Chunk(100))
        {
            await Task.WhenAll(chunk.Select(number => Guest.CreateAsync(server.Client, $"guest-{number:0000}")));
        }

        Assert.Equal(
            Enumerable.Range(0, Count).Select(number => $"vms/guest-{number:0000}"),
            (await server.ListVmsAsync()).Select(vm => vm.Name));
    }
}
