using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Diagnostics;

/// <summary>A guest whose pending tables are full of ones gets no more than 131,072 pending LPIs.</summary>
public class PendingLimitTests
{
    private const uint Device = 0x10;
    private const int KvmNoMemory = -12;
    private const int PendingMax = 131_072;
    private const int LpiCount = (1 << 16) - 8192;

    /// <summary>What two full tables leave.</summary>
    private const int LeftCount = PendingMax - (2 * LpiCount);

    [Fact]
    public async Task Message_beyond_the_limit_is_dropped_and_told()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server, LpiCount, LpiCount, LeftCount);

        var dropped = await guest.SignalAsync(Device, 0);

        Assert.Equal((MsiOutcome.DroppedPendingLimit, KvmNoMemory), (dropped.Result.Outcome, dropped.Result.KvmReturn));
        var answer = await DiagnosticsOf(guest);
        Assert.Equal(
            "the message for event 0 of device 0x10 was dropped: as many LPIs are pending as may be in one VM",
            Assert.Single(answer.Mistakes).Message);
        Assert.Equal(
            new MsiTotal { Outcome = MsiOutcome.DroppedPendingLimit, Count = 1 }, Assert.Single(answer.MsiTotals));

        // One that is taken makes room for one.
        await guest.EndAsync(0, await guest.AcknowledgeAsync(0));
        Assert.Equal(MsiOutcome.Pended, (await guest.SignalAsync(Device, 0)).Result.Outcome);
        Assert.Equal(MsiOutcome.DroppedPendingLimit, (await guest.SignalAsync(Device, 1)).Result.Outcome);
    }

    [Fact]
    public async Task Pending_table_with_more_than_there_is_room_for_is_not_taken()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server, LpiCount, LpiCount, LeftCount + 1);

        var mistake = Assert.Single((await DiagnosticsOf(guest)).Mistakes);

        Assert.Equal(
            (GuestMistakeKind.PendingTableTooFull, 2u, (uint)LeftCount + 1),
            (mistake.Kind, mistake.Vcpu, mistake.LostLpiCount));
        Assert.Equal(MsiOutcome.Pended, (await guest.SignalAsync(Device, 0)).Result.Outcome);
        Assert.Equal((ulong)LeftCount + 1, (await DiagnosticsOf(guest)).LostLpiTotal);
    }

    /// <summary>
    /// So many LPIs, from the last one down, are pending in each vCPU's table. Events 0 and 1 go to vCPU 2.
    /// </summary>
    private static async Task<Guest> BootAsync(TestServer server, params int[] pendingCounts)
    {
        var guest = await Guest.CreateAsync(server.Tcp, "full", GuestMap.Spec(pendingCounts.Length));
        for (var vcpu = 0; vcpu < pendingCounts.Length; vcpu++)
        {
            var table = new byte[(1 << 16) / 8];
            for (var number = 0; number < pendingCounts[vcpu]; number++)
            {
                var lpi = (1 << 16) - 1 - number;
                table[lpi / 8] |= (byte)(1 << (lpi % 8));
            }

            await guest.WriteMemoryAsync(GuestMap.PendingTable((uint)vcpu), ByteString.CopyFrom(table));
        }

        await guest.SetUpLpisAsync((uint)pendingCounts.Length);
        await guest.SetUpItsAsync();
        await guest.RunAsync(ItsCommand.MapCollection(2, 2), ItsCommand.Sync(2));
        await guest.MapDeviceAsync(Device, 2, 8192, collection: 2);
        return guest;
    }

    private static Task<GetDiagnosticsResponse> DiagnosticsOf(Guest guest) =>
        guest.Api.GetDiagnosticsAsync(new GetDiagnosticsRequest { Vm = guest.Name });
}
