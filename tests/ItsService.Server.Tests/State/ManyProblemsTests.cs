using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.State;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using Refusal = ItsService.Server.Tests.Refusals.Refusal;

namespace ItsService.Server.Tests.State;

/// <summary>Where more is wrong than a refusal has room for, it tells how much there is.</summary>
public class ManyProblemsTests
{
    private const int Many = 300;

    [Fact]
    public async Task Restore_tells_how_many_problems_a_state_has()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("commands are in flight", server, server.Tcp);
        var state = SavedState.Parser.ParseFrom(
            (await server.Tcp.SaveAsync(guest.Name)).Blob.AsSpan(StateEnvelope.HeaderBytes));
        // In descending order none but the first is right.
        uint[] pending = [.. Enumerable.Range(0, Many + 1).Select(number => 9000 - (uint)number)];
        state.Redistributors[1].PendingLpis = ByteString.CopyFrom(MemoryMarshal.AsBytes(pending.AsSpan()));

        var refusal = await Refusal.OfAsync(
            () => server.Tcp.RestoreAsync(guest.Name, StateEnvelope.Seal(state).Bytes.ToArray()));

        AssertTells(Many, refusal, StatusCode.InvalidArgument);
    }

    [Fact]
    public async Task Resume_tells_how_many_problems_tables_have()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await WrongTablesAsync(server);

        var refusal = await Refusal.OfAsync(() => guest.ResumeAsync());

        AssertTells(Many, refusal, StatusCode.FailedPrecondition);
    }

    [Fact]
    public async Task Save_tells_how_many_problems_what_is_staged_has()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await WrongTablesAsync(server);

        var save = await Refusal.OfAsync(() => server.Tcp.SaveAsync(guest.Name));
        var order = await Refusal.OfAsync(() => guest.SetAttributeAsync(AttributeCalls.SavePendingTables));

        AssertTells(Many, save, StatusCode.FailedPrecondition);
        AssertTells(Many, order, StatusCode.FailedPrecondition);
    }

    /// <summary>Its collection table names vCPUs that there are not, and is to be read.</summary>
    private static async Task<Guest> WrongTablesAsync(TestServer server)
    {
        const ulong Valid = 1UL << 63;
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.PauseAsync();
        await guest.WriteMemoryAsync(
            GuestMap.CollectionTable(0),
            GuestMap.Doublewords(Enumerable.Range(0, Many).Select(number => Valid | (7UL << 16) | (uint)number)));
        await guest.SetAttributeAsync(AttributeCalls.ResetIts());
        await guest.SetAttributeAsync(
            AttributeCalls.Gits(RegisterOffset.GitsBaser(0)), Valid | GuestMap.DeviceTable(0) | 0x207);
        await guest.SetAttributeAsync(
            AttributeCalls.Gits(RegisterOffset.GitsBaser(1)), Valid | GuestMap.CollectionTable(0) | 0x200);
        await guest.SetAttributeAsync(AttributeCalls.RestoreTables());
        return guest;
    }

    private static void AssertTells(int count, Refusal refusal, StatusCode code)
    {
        Assert.Equal(code, refusal.Code);
        Assert.All(refusal.Details, detail => Assert.Equal((uint)count, detail.FoundCount));
        Assert.InRange(refusal.Details.Count, 2, 100);
        Assert.DoesNotContain(
            refusal.Details, detail => detail.Message.Contains("not listed", StringComparison.Ordinal));
        var told = refusal.Message.Split(" | ");
        Assert.Equal($"and {count - (told.Length - 1)} more", told[^1]);
    }
}
