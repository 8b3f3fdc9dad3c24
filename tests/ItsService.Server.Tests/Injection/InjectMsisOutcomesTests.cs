using Google.Protobuf;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Telemetry;

namespace ItsService.Server.Tests.Injection;

/// <summary>Outcomes of each record: how many a server keeps for who does not read them.</summary>
public class InjectMsisOutcomesTests
{
    private const uint Device = 7;
    private const int MiB = 1 << 20;

    [Fact]
    public async Task Client_that_does_not_read_is_held_up_by_batches_without_records()
    {
        // What both transports, and a mebibyte at 64 bytes each, may have come to.
        const ulong EnoughBatches = 1_000_000;
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var narrow = Api.OverTcp(server.Address, Api.WindowBytesMin);
        using var stream = await SenderStream.OpenAsync(guest.Over(narrow), tellOutcomes: true);

        while (await stream.TrySendAsync(ByteString.Empty, TimeSpan.FromSeconds(2)))
        {
            Assert.True(stream.Next < EnoughBatches, "the sender is never held up");
        }

        var told = await stream.ReadUntilAsync(stream.Next - 1);
        Assert.All(told, answer => Assert.InRange(answer.CalculateSize(), 0, MiB));
        Assert.Equal(
            Enumerable.Range(1, (int)stream.Next - 1).Select(number => (ulong)number),
            told.SelectMany(answer => answer.Outcomes).Select(batch => batch.Sequence));
    }

    [Fact]
    public async Task Client_that_does_not_read_is_counted_while_it_is_held_up()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var narrow = Api.OverTcp(server.Address, Api.WindowBytesMin);
        using var stream = await SenderStream.OpenAsync(guest.Over(narrow), tellOutcomes: true);

        Assert.Equal(0, await ValueAsync(server, "its_injection_stream_held"));
        var (last, held) = await SendUntilHeldAsync(server, stream);

        Assert.True(await ValueAsync(server, "its_injection_stream_holds_total") >= 1, "no hold is counted");
        await stream.ReadUntilAsync(last);
        await held.WithinLimit();
        await stream.EndsWellAsync();
        Assert.Equal(0, await ValueAsync(server, "its_injection_stream_held"));
    }

    [Fact]
    public async Task Held_up_client_that_goes_away_is_held_up_no_more()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var narrow = Api.OverTcp(server.Address, Api.WindowBytesMin);
        using (var stream = await SenderStream.OpenAsync(guest.Over(narrow), tellOutcomes: true))
        {
            await SendUntilHeldAsync(server, stream);
            stream.Cut();
        }

        await server.Requests.UntilAsync(0);

        Assert.Equal(0, await ValueAsync(server, "its_injection_stream_held"));
    }

    // The last batch, and the sending of it, which the service does not take before answers are read.
    private static async Task<(ulong Last, Task Sending)> SendUntilHeldAsync(TestServer server, SenderStream stream)
    {
        const ulong EnoughBatches = 20_000;
        var records = SenderStream.Records(Enumerable.Repeat((Device, 0u), 8192));
        while (true)
        {
            Assert.True(stream.Next < EnoughBatches, "the sender is never held up");
            var last = stream.Next;
            var sending = stream.SendAsync(records);
            while (!sending.IsCompleted)
            {
                if (await ValueAsync(server, "its_injection_stream_held") == 1)
                {
                    return (last, sending);
                }
            }

            await sending;
        }
    }

    private static async Task<double> ValueAsync(TestServer server, string series) =>
        (await Scrape.OfAsync(server))[series];

    [Theory]
    [InlineData(0u)]
    [InlineData(1000u)]
    public async Task Batches_of_more_records_than_are_kept_go_on(uint answerDelayMs)
    {
        const int RecordCount = 65_536;
        const int BatchCount = 60;
        await using var server = await TestServer.StartAsync(
            options => options.Limits.MsiBatchRecordsMax = RecordCount);
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var stream = await SenderStream.OpenAsync(
            guest, tellOutcomes: true, answerDelayMs: answerDelayMs, compresses: true);
        var records = SenderStream.Records(Enumerable.Repeat((Device, 0u), RecordCount));

        // All are there, small as they are, when the first is taken, so that none is waited for in between.
        await guest.PauseAsync();
        for (var batch = 0; batch < BatchCount; batch++)
        {
            await stream.SendAsync(records);
        }

        await guest.ResumeAsync();
        var told = await stream.ReadUntilAsync(BatchCount);

        Assert.All(told, answer => Assert.InRange(answer.CalculateSize(), 0, 2 * MiB));
        Assert.Equal(BatchCount, told.Sum(answer => answer.Outcomes.Count));
        Assert.All(
            told.SelectMany(answer => answer.Outcomes), batch => Assert.Equal(RecordCount, batch.Outcomes.Length));
    }
}
