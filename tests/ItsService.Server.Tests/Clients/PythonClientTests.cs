using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Clients;

/// <summary>tests/clients/python: a client that has no generated code and takes everything from reflection.</summary>
public class PythonClientTests
{
    // Debian's own: another Python on the path does not see the packages of apt.
    private const string Python = "/usr/bin/python3";

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public Task Python_client_creates_a_vm_and_understands_a_refusal(Transport transport) =>
        SucceedsAsync("smoke.py", transport);

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public Task Python_vmm_takes_an_interrupt_once_over_a_lost_connection(Transport transport) =>
        SucceedsAsync("vmm.py", transport);

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public Task Python_vmm_of_the_guide_takes_a_message_and_a_wire(Transport transport) =>
        SucceedsAsync("first_vmm.py", transport);

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public Task Python_device_model_sends_packed_messages_over_a_cut(Transport transport) =>
        SucceedsAsync("inject_msis.py", transport);

    private static async Task SucceedsAsync(string program, Transport transport)
    {
        PeerProgram.Require(
            await PeerProgram.SucceedsAsync(Python, "-c", "import grpc, google.protobuf"),
            $"{Python} with grpc and google.protobuf is missing: apt-get install python3-grpcio python3-protobuf");
        await using var server = await TestServer.StartAsync();
        var address = transport == Transport.Tcp ? server.Address.Authority : $"unix:{server.SocketPath}";

        var (exitCode, output) = await PeerProgram.RunAsync(
            Python, RepositoryFolder.PathOf("tests", "clients", "python", program), address);

        Assert.True(exitCode == 0, output);
        Assert.EndsWith("ok\n", output, StringComparison.Ordinal);
        Assert.Empty((await server.Tcp.ListVmsAsync()).Vms);
    }
}
