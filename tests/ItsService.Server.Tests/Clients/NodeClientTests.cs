using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Clients;

/// <summary>tests/clients/node: a client that loads protos/ as they are.</summary>
public class NodeClientTests
{
    private const string Node = "node";

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Node_client_creates_a_vm_and_understands_a_refusal(Transport transport)
    {
        var folder = RepositoryFolder.PathOf("tests", "clients", "node");
        PeerProgram.Require(await PeerProgram.SucceedsAsync(Node, "--version"), $"{Node} is missing");
        PeerProgram.Require(
            Directory.Exists(Path.Combine(folder, "node_modules", "@grpc", "grpc-js")),
            "the packages of tests/clients/node are missing: npm ci --prefix tests/clients/node");
        await using var server = await TestServer.StartAsync();
        var address = transport == Transport.Tcp ? server.Address.Authority : $"unix:{server.SocketPath}";

        var (exitCode, output) = await PeerProgram.RunAsync(Node, Path.Combine(folder, "smoke.js"), address);

        Assert.True(exitCode == 0, output);
        Assert.EndsWith("ok\n", output, StringComparison.Ordinal);
        Assert.Empty((await server.Tcp.ListVmsAsync()).Vms);
    }
}
