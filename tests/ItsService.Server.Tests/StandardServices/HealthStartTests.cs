using System.Threading.Channels;
using Grpc.Core;
using ItsService.Protocol.Health;
using ItsService.Server.Operations;
using ItsService.Server.Services;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.State;
using Status = ItsService.Protocol.Health.HealthCheckResponse.Types.ServingStatus;

namespace ItsService.Server.Tests.StandardServices;

/// <summary>Health.Watch from before the service has started until it stops.</summary>
public sealed class HealthStartTests : IDisposable
{
    private readonly ManualLifetime _lifetime = new();
    private readonly Answers _answers = new();

    [Theory]
    [InlineData("", Status.NotServing)]
    [InlineData("readiness", Status.NotServing)]
    [InlineData("its.v1.Interrupts", Status.NotServing)]
    [InlineData("liveness", Status.Serving)]
    public async Task Check_follows_the_service_but_for_its_liveness(string service, Status whileItDoesNotServe)
    {
        Assert.Equal(whileItDoesNotServe, await CheckAsync(service));

        _lifetime.Start();
        Assert.Equal(Status.Serving, await CheckAsync(service));

        _lifetime.StopApplication();
        Assert.Equal(whileItDoesNotServe, await CheckAsync(service));
    }

    [Fact]
    public async Task Watch_of_liveness_is_told_once_from_before_the_start_until_the_stop()
    {
        var watching = WatchAsync("liveness");
        Assert.Equal(Status.Serving, await _answers.NextAsync());

        _lifetime.Start();
        _lifetime.StopApplication();
        await Assert.ThrowsAsync<RpcException>(() => watching.WithinLimit());

        Assert.True(_answers.IsEmpty);
    }

    [Theory]
    [InlineData("")]
    [InlineData("readiness")]
    public async Task Watch_that_began_too_early_is_told_of_the_start_and_of_the_stop(string service)
    {
        var watching = WatchAsync(service);
        Assert.Equal(Status.NotServing, await _answers.NextAsync());

        _lifetime.Start();
        Assert.Equal(Status.Serving, await _answers.NextAsync());

        _lifetime.StopApplication();
        Assert.Equal(Status.NotServing, await _answers.NextAsync());
        var end = await Assert.ThrowsAsync<RpcException>(() => watching.WithinLimit());
        Assert.Equal(StatusCode.Unavailable, end.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Watch_that_begins_while_the_service_stops_is_told_once(bool hasStarted)
    {
        if (hasStarted)
        {
            _lifetime.Start();
        }

        _lifetime.StopApplication();

        await Assert.ThrowsAsync<RpcException>(() => WatchAsync("").WithinLimit());

        Assert.Equal(Status.NotServing, await _answers.NextAsync());
        Assert.True(_answers.IsEmpty);
    }

    public void Dispose() => _lifetime.Dispose();

    private HealthService Service => new(new ServiceHealth(_lifetime));

    private async Task<Status> CheckAsync(string service)
    {
        var call = new DirectCall(TestContext.Current.CancellationToken);
        return (await Service.Check(new HealthCheckRequest { Service = service }, call)).Status;
    }

    private Task WatchAsync(string service) => Service.Watch(
        new HealthCheckRequest { Service = service }, _answers, new DirectCall(TestContext.Current.CancellationToken));

    private sealed class Answers : IServerStreamWriter<HealthCheckResponse>
    {
        private readonly Channel<Status> _told = Channel.CreateUnbounded<Status>();

        public WriteOptions? WriteOptions { get; set; }

        public bool IsEmpty => !_told.Reader.TryPeek(out _);

        public Task<Status> NextAsync() =>
            _told.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WithinLimit();

        public Task WriteAsync(HealthCheckResponse message, CancellationToken cancellationToken) =>
            WriteAsync(message);

        public Task WriteAsync(HealthCheckResponse message)
        {
            Assert.True(_told.Writer.TryWrite(message.Status));
            return Task.CompletedTask;
        }
    }
}
