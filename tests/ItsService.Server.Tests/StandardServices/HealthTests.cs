using Grpc.Core;
using ItsService.Protocol.Health;
using ItsService.Server.Tests.Hosting;
using ServingStatus = ItsService.Protocol.Health.HealthCheckResponse.Types.ServingStatus;

namespace ItsService.Server.Tests.StandardServices;

/// <summary>grpc.health.v1, as its standard describes it.</summary>
public class HealthTests
{
    public static TheoryData<Transport, string> Services
    {
        get
        {
            var rows = new TheoryData<Transport, string>();
            foreach (var service in new[]
            {
                "", "its.v1.VirtualMachines", "its.v1.Registers", "its.v1.Interrupts", "its.v1.GuestMemory",
                "its.v1.Inspect", "its.v1.DeviceAttributes",
            })
            {
                rows.Add(Transport.Tcp, service);
                rows.Add(Transport.UnixSocket, service);
            }

            return rows;
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Check_of_what_is_served_says_serving(Transport transport, string service)
    {
        await using var server = await TestServer.StartAsync();

        var response = await server[transport].Health.CheckAsync(
            new HealthCheckRequest { Service = service }, cancellationToken: Cancellation).WithinLimit();

        Assert.Equal(ServingStatus.Serving, response.Status);
    }

    [Fact]
    public async Task Check_of_an_unknown_service_is_not_found()
    {
        await using var server = await TestServer.StartAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => server.Tcp.Health.CheckAsync(
            new HealthCheckRequest { Service = "its.v1.Nothing" }, cancellationToken: Cancellation).WithinLimit());

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Watch_begins_with_serving_and_stays_open(Transport transport)
    {
        await using var server = await TestServer.StartAsync();

        using var watch = server[transport].Health.Watch(new HealthCheckRequest(), cancellationToken: Cancellation);

        Assert.True(await watch.ResponseStream.MoveNextWithinLimit());
        Assert.Equal(ServingStatus.Serving, watch.ResponseStream.Current.Status);
        var next = watch.ResponseStream.MoveNextWithinLimit();
        await server[transport].GetServerInfoAsync();
        Assert.False(next.IsCompleted, "the watch ended");
        watch.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => next);
    }

    [Fact]
    public async Task Watch_of_an_unknown_service_says_so_and_stays_open()
    {
        await using var server = await TestServer.StartAsync();

        using var watch = server.Tcp.Health.Watch(
            new HealthCheckRequest { Service = "its.v1.Nothing" }, cancellationToken: Cancellation);

        Assert.True(await watch.ResponseStream.MoveNextWithinLimit());
        Assert.Equal(ServingStatus.ServiceUnknown, watch.ResponseStream.Current.Status);
        var next = watch.ResponseStream.MoveNextWithinLimit();
        await server.Tcp.GetServerInfoAsync();
        Assert.False(next.IsCompleted, "the watch ended");
        watch.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => next);
    }

    [Fact]
    public async Task Watch_sees_the_shutdown_and_does_not_hold_it_up()
    {
        await using var server = await TestServer.StartAsync();
        using var watch = server.Tcp.Health.Watch(new HealthCheckRequest(), cancellationToken: Cancellation);
        Assert.True(await watch.ResponseStream.MoveNextWithinLimit());

        var stop = server.StopAsync();
        Assert.True(await watch.ResponseStream.MoveNextWithinLimit());
        Assert.Equal(ServingStatus.NotServing, watch.ResponseStream.Current.Status);
        await stop;
    }
}
