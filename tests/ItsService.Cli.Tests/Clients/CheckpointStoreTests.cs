using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;

namespace ItsService.Cli.Tests.Clients;

/// <summary>The client's side of checkpoints: names, and calls that take as long as they are allowed to.</summary>
public sealed class CheckpointStoreTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("guest-7/3", "vms/guest-7/checkpoints/3")]
    [InlineData("vms/guest-7/checkpoints/3", "vms/guest-7/checkpoints/3")]
    [InlineData("vms/guest-7", "vms/guest-7")]
    [InlineData("guest-7", "guest-7")]
    public void Name_is_completed_only_where_it_is_the_short_one(string text, string name) =>
        Assert.Equal(name, new CheckpointName(text).Value);

    [Fact]
    public async Task Name_of_a_vm_is_refused_as_it_was_written()
    {
        await using var server = await TestServer.StartAsync();

        var refusal = await Assert.ThrowsAsync<ItsServiceException>(() => server.Client.Checkpoints.DeleteAsync(
            new CheckpointName("vms/guest-7"), Cancellation).WithinLimit());

        Assert.Contains("'vms/guest-7' is no name", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_that_takes_no_long_time_is_given_up()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var options = new ItsClientOptions { CallTimeout = TimeSpan.FromMilliseconds(300) };
        await using var client = ItsClient.Connect(ServerAddress.Parse($"http://{listener.LocalEndpoint}"), options);

        var failure = await Assert.ThrowsAsync<ItsServiceException>(
            () => client.Checkpoints.DeleteAsync(new CheckpointName("guest/1"), Cancellation).WithinLimit());

        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
    }
}
