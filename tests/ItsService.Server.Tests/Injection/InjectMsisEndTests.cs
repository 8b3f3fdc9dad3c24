using Grpc.Core;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Injection;

/// <summary>How a stream of messages ends where somebody does not read, or something waits.</summary>
public class InjectMsisEndTests
{
    private const uint Device = 7;

    // Longer than a stream that ends with a status waits for who does not read.
    private static readonly TimeSpan NotReading = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task OK_comes_behind_every_answer_however_late_they_are_read()
    {
        const int BatchCount = 60;
        const int RecordCount = 8192;
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var narrow = Api.OverTcp(server.Address, Api.WindowBytesMin);
        using var stream = await SenderStream.OpenAsync(guest.Over(narrow), tellOutcomes: true);
        var records = SenderStream.Records(Enumerable.Repeat((Device, 0u), RecordCount));

        for (var batch = 0; batch < BatchCount; batch++)
        {
            // Each has an answer of its own, unless it has to wait.
            await stream.SendAsync(records);
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await stream.CompleteAsync();
        await Task.Delay(NotReading, TestContext.Current.CancellationToken);
        var answers = await stream.ReadToEndAsync();

        Assert.Equal((ulong)BatchCount, answers[^1].Sequence);
        Assert.Equal(BatchCount, answers.Sum(answer => answer.Outcomes.Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_of_the_server_ends_a_stream_whose_batch_waits(bool forResume)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var stream = await SenderStream.OpenAsync(guest);
        var gate = forResume ? null : await HeldGate.HoldAsync(server.Host(guest.Name));
        await (forResume ? guest.PauseAsync() : Task.CompletedTask);
        await stream.SendAsync((Device, 0u));
        await UntilWaitingAsync(server, guest, forResume);

        var end = stream.EndAsync();
        var stop = server.StopAsync();
        await Task.Delay(200, TestContext.Current.CancellationToken);
        await (gate?.DisposeAsync() ?? ValueTask.CompletedTask);
        await stop;

        var status = (await end).End.Status;
        Assert.True(status.StatusCode == StatusCode.Unavailable, status.ToString());
    }

    [Fact]
    public async Task Sender_that_has_not_ended_its_side_hears_why_the_connection_closes()
    {
        // A client on .NET finds a broken connection in one of some twenty where that closes at once.
        for (var round = 0; round < 12; round++)
        {
            await using var server = await TestServer.StartAsync();
            var guest = await InjectMsisTests.BootAsync(server.Tcp);
            using var stream = await SenderStream.OpenAsync(guest);
            var end = stream.EndAsync();
            await server.StopAsync();

            var status = (await end).End.Status;
            Assert.True(status.StatusCode == StatusCode.Unavailable, $"round {round}: {status}");
        }
    }

    [Fact]
    public async Task Stream_that_nobody_reads_does_not_outlive_its_VM()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var narrow = Api.OverTcp(server.Address, Api.WindowBytesMin);
        using var stream = await SenderStream.OpenAsync(guest.Over(narrow), tellOutcomes: true);
        var records = SenderStream.Records(Enumerable.Repeat((Device, 0u), 8192));
        for (var batch = 0; batch < 60; batch++)
        {
            await stream.SendAsync(records);
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        var host = server.Collectable(guest.Name);
        await server.Tcp.DeleteVmAsync(guest.Name);

        await host.UntilCollectedAsync();
    }

    private static async Task UntilWaitingAsync(TestServer server, Guest guest, bool forResume)
    {
        var host = server.Host(guest.Name);
        while ((forResume ? host.WaitingCount : host.InLineCount) == 0)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
