using ItsService.Protocol.V1;
using ItsService.Server.State;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.State;

/// <summary>A guest that was saved and restored into another VM goes on as it does where it was.</summary>
public class RoundTripTests
{
    public static TheoryData<string, Transport> Guests
    {
        get
        {
            var data = new TheoryData<string, Transport>();
            foreach (var name in SavedGuests.Names)
            {
                data.Add(name, Transport.Tcp);
                data.Add(name, Transport.UnixSocket);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Guests))]
    public async Task Restored_guest_goes_on_as_the_original_when(string guest, Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var api = server[transport];
        var original = await SavedGuests.MakeAsync(guest, server, api);
        var itsCount = (await original.DescribeAsync()).Spec.Its.Count;

        var saved = await api.SaveAsync(original.Name);
        var restored = await GoingOn.RestoreIntoFreshAsync(original, saved.Blob);

        Assert.Equal(saved.Blob, (await api.SaveAsync(restored.Name)).Blob);
        Assert.Equal(await original.DumpAsync(), await restored.DumpAsync());
        Assert.Equal(await GoingOn.RunAsync(original, itsCount), await GoingOn.RunAsync(restored, itsCount));
        var (originalAfter, restoredAfter) =
            (await api.SaveAsync(original.Name), await api.SaveAsync(restored.Name));
        Assert.Equal(Settled(originalAfter.Blob), Settled(restoredAfter.Blob));
        Assert.Equal(originalAfter.Summary, restoredAfter.Summary);
    }

    [Fact]
    public async Task Summary_counts_what_is_in_the_state()
    {
        await using var server = await TestServer.StartAsync();
        var original = await SavedGuests.MakeAsync("two ITSs are busy", server, server.Tcp);

        var saved = await server.Tcp.SaveAsync(original.Name);

        var expected = new StateSummary { InFlightCommands = 18, MappedEvents = 16, PendingLpis = 1 };
        Assert.Equal(expected, saved.Summary);
        Assert.Equal(expected, await server.Tcp.RestoreAsync(original.Name, saved.Blob, chunkBytes: 7));
    }

    [Fact]
    public async Task Consumed_slots_are_not_executed_again()
    {
        await using var server = await TestServer.StartAsync();
        var original = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);
        var saved = await server.Tcp.SaveAsync(original.Name);
        var before = (await original.DumpAsync())[0].Its;
        var restored = await GoingOn.RestoreIntoFreshAsync(original, saved.Blob);
        var garbage = new byte[before.ReadOffset];
        Array.Fill(garbage, (byte)0xFF);

        await restored.WriteMemoryAsync(
            GuestMap.Queue(0), Google.Protobuf.ByteString.CopyFrom(garbage));
        await server.Tcp.ResumeAsync(restored.Name);
        await restored.UntilQueueIsEmptyAsync(before.WriteOffset);

        var totals = (await server.Tcp.GetDiagnosticsAsync(new GetDiagnosticsRequest { Vm = restored.Name }))
            .CommandTotals;
        Assert.Equal(9ul, totals.Aggregate(0ul, (sum, total) => sum + total.Count));
    }

    // Whose turn comes first tells how many slices a queue was executed in, which is the clock's.
    private static SavedState Settled(byte[] blob)
    {
        var state = SavedState.Parser.ParseFrom(blob.AsSpan(StateEnvelope.HeaderBytes));
        state.FirstToStep = 0;
        return state;
    }
}
