using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using ItsService.Cli.Tests.Hosting;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;
using RpcStatus = ItsService.Protocol.Rpc.Status;

namespace ItsService.Cli.Tests.Clients;

/// <summary>What the client library makes of a save's options, answers and refusals.</summary>
public sealed class SaveTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<TimeSpan> NoDeadlines =>
    [
        TimeSpan.Zero, TimeSpan.FromMilliseconds(-1), Timeout.InfiniteTimeSpan, TimeSpan.MaxValue,
        SaveOptions.DrainDeadlineMax + TimeSpan.FromTicks(1),
    ];

    [Theory]
    [MemberData(nameof(NoDeadlines))]
    public void Deadline_that_is_none_or_too_long_is_refused_with_the_range(TimeSpan deadline)
    {
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => new SaveOptions { DrainDeadline = deadline });

        Assert.Equal((nameof(SaveOptions.DrainDeadline), (object)deadline), (refusal.ParamName, refusal.ActualValue));
        Assert.Contains("at most ten minutes", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1u)]
    [InlineData(10_001, 2u)]
    [InlineData(6_000_000_000, 600_000u)]
    public async Task Deadline_is_sent_in_whole_milliseconds(long ticks, uint milliseconds)
    {
        await using var service = await RawService.StartAsync();
        service.Answer = new SaveResponse().ToByteArray();
        await using var client = ItsClient.Connect(service.Url);
        var options = new SaveOptions { InFlight = InFlightPolicy.Drain, DrainDeadline = TimeSpan.FromTicks(ticks) };

        await client.Vm("guest").SaveAsync(options, Cancellation).WithinLimit();

        var request = SaveRequest.Parser.ParseFrom(Assert.Single(service.Requests).Message);
        Assert.Equal(milliseconds, request.DrainDeadlineMs);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(long.MaxValue)]
    public async Task State_of_another_size_than_was_told_is_refused(long sizeBytes)
    {
        await using var service = await RawService.StartAsync();
        service.Answer = new SaveResponse
        {
            SizeBytes = (ulong)sizeBytes,
            Chunk = ByteString.CopyFrom(new byte[10]),
        }.ToByteArray();
        await using var client = ItsClient.Connect(service.Url);

        var failure = await Assert.ThrowsAsync<ItsServiceException>(
            () => client.Vm("guest").SaveAsync(cancellationToken: Cancellation).WithinLimit());

        Assert.Equal(StatusCode.DataLoss, failure.StatusCode);
        Assert.Contains($"{sizeBytes} bytes, and sends 10", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deadline_that_the_service_ends_comes_with_its_own_words()
    {
        await using var service = await DrainDeadlineAsync();
        await using var client = ItsClient.Connect(service.Url);

        var refusal = await Assert.ThrowsAsync<ItsServiceException>(
            () => client.Vm("guest").SaveAsync(cancellationToken: Cancellation).WithinLimit());

        Assert.Equal(
            (StatusCode.DeadlineExceeded, ErrorReason.DrainDeadline), (refusal.StatusCode, refusal.Reason));
        Assert.Equal("drain_deadline_ms: the queues have not ended", refusal.Detail);
    }

    [Fact]
    public async Task Deadline_that_the_service_ends_is_told_by_itsctl_in_its_own_words()
    {
        await using var service = await DrainDeadlineAsync();
        using var folder = new TemporaryFolder();

        var sentence = (await ItsctlRun.OfAsync([
            "save", "guest", folder.PathOf("a"), "--in-flight", "drain", "--drain-ms", "1", "--server", service.Url,
        ])).FailedWith(ExitCode.Refused);

        Assert.Equal("itsctl: drain_deadline_ms: the queues have not ended", sentence);
    }

    [Fact]
    public async Task Region_index_of_more_bits_than_a_region_has_is_refused()
    {
        await using var service = await RawService.StartAsync();
        await using var client = ItsClient.Connect(service.Url);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.Vm("guest").GetAttributeAsync(
            DeviceAttributeId.RedistributorRegion, VmHandle.RegionIndexMax + 1, Cancellation).WithinLimit());

        Assert.Empty(service.Requests);
    }

    /// <summary>A service that refuses everything as one that has waited for queues.</summary>
    private static async Task<RawService> DrainDeadlineAsync()
    {
        const string Message = "drain_deadline_ms: the queues have not ended";
        var status = new RpcStatus { Code = (int)StatusCode.DeadlineExceeded, Message = Message };
        status.Details.Add(Any.Pack(new ErrorDetail
        {
            Reason = ErrorReason.DrainDeadline,
            Field = "drain_deadline_ms",
            Message = "the queues have not ended",
        }));
        var service = await RawService.StartAsync();
        service.End = (status.Code, Message, status.ToByteArray());
        return service;
    }
}
