using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Diagnostics;

/// <summary>More mistakes than are kept, and the same one again and again: what is told stays exact.</summary>
public class ManyMistakesTests
{
    private const uint Device = 0x10;

    [Theory]
    [InlineData(256)]
    [InlineData(5)]
    public async Task Flood_in_one_entry_keeps_the_last_and_counts_all(int kept)
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.GuestMistakesKeptMax = kept);
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.SignalAsync(1, 0);
        await guest.RunAsync([.. Enumerable.Range(0, 1000).Select(number => ItsCommand.Clear((uint)number, 0))]);

        var answer = await DiagnosticsOf(guest);
        var later = await DiagnosticsOf(guest, after: 1000);

        // The message is of another sort, and stays.
        Assert.Equal(
            [1, .. Enumerable.Range(1001 - kept + 1, kept).Select(sequence => (ulong)sequence)],
            answer.Mistakes.Select(mistake => mistake.Sequence));
        Assert.Equal(
            [1, .. Enumerable.Range(1000 - kept, kept).Select(device => (uint)device)],
            answer.Mistakes.Select(mistake => mistake.DeviceId));
        Assert.Equal((1001u, (ulong)(1000 - kept)), (answer.LastSequence, answer.LostCount));
        Assert.Equal(1001, answer.MistakeTotals.Sum(total => (long)total.Count));
        Assert.Equal(1000u, Assert.Single(answer.CommandTotals, total => total.ErrorCode == 0x010504).Count);
        Assert.Equal((1001u, 0u), (Assert.Single(later.Mistakes).Sequence, later.LostCount));
    }

    [Fact]
    public async Task Flood_of_messages_leaves_a_command_in_error_visible_and_the_account_exact()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.GuestMistakesKeptMax = 20);
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.RunAsync([ItsCommand.Clear(Device, 0)]);
        for (var round = 0; round < 5; round++)
        {
            await guest.Api.BatchAsync(new BatchRequest
            {
                Vm = guest.Name,
                Accesses =
                {
                    Enumerable.Range(0, 500).Select(number => Message((uint)number & ~1u)),
                },
            });
        }

        var mistakes = new List<GuestMistake>();
        var (sequence, lost) = (0UL, 0UL);
        GetDiagnosticsResponse page;
        do
        {
            page = await DiagnosticsOf(guest, sequence, pageSize: 8);
            Assert.Equal(
                page.Mistakes[^1].Sequence,
                sequence + page.LostCount + (ulong)page.Mistakes.Sum(mistake => (long)mistake.Count));
            mistakes.AddRange(page.Mistakes);
            (sequence, lost) = (page.Mistakes[^1].Sequence, lost + page.LostCount);
        }
        while (sequence != page.LastSequence);

        Assert.Equal("CLEAR_UNMAPPED_DEVICE", mistakes[0].Command.ErrorName);
        Assert.Equal(20, mistakes.Count(mistake => mistake.Kind == GuestMistakeKind.MsiDropped));
        Assert.All(mistakes.Skip(1), mistake => Assert.Equal(2u, mistake.Count));
        Assert.Equal((2501u, 2500u - 40), (page.LastSequence, lost));
    }

    [Fact]
    public async Task Mistakes_in_a_row_are_one_entry_that_tells_how_many_and_since_when()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.SignalAsync(Device, 5);
        var first = Assert.Single((await DiagnosticsOf(guest)).Mistakes);
        await guest.SignalAsync(Device, 5);
        await guest.SignalAsync(Device, 5);

        var row = Assert.Single((await DiagnosticsOf(guest)).Mistakes);
        var rest = Assert.Single((await DiagnosticsOf(guest, after: 1)).Mistakes);

        Assert.Equal((3u, 3u), (row.Sequence, row.Count));
        Assert.Equal(first.Time, row.FirstTime);
        Assert.InRange(row.Time.ToDateTimeOffset(), first.Time.ToDateTimeOffset(), DateTimeOffset.UtcNow);
        Assert.Equal((3u, 2u, row.FirstTime), (rest.Sequence, rest.Count, rest.FirstTime));
    }

    private static Task<GetDiagnosticsResponse> DiagnosticsOf(Guest guest, ulong after = 0, uint pageSize = 0) =>
        guest.Api.GetDiagnosticsAsync(new GetDiagnosticsRequest
        {
            Vm = guest.Name,
            AfterSequence = after,
            PageSize = pageSize,
        });

    private static Access Message(uint eventId) => new()
    {
        Write = new WriteAccess
        {
            Target = Guest.Register("GITS_TRANSLATER"),
            Value = eventId,
            DeviceId = Device,
        },
    };
}
