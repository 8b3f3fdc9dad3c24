using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Submissions;

/// <summary>
/// A guest with so much pending that a command which moves all of it takes a while: many of them keep the queue busy
/// for longer than any other call takes.
/// </summary>
internal static class SlowQueue
{
    private const int LpiBits = 16;

    /// <summary>All LPIs pend at vCPU 0. Servers of such guests run one command inline.</summary>
    public static async Task<Guest> BootAsync(Api api, string id, uint queuePages = 256, VmSpec? spec = null)
    {
        var guest = await Guest.CreateAsync(api, id, spec);
        var pending = new byte[(1 << LpiBits) / 8];
        pending.AsSpan(8192 / 8).Fill(0xFF);
        await guest.WriteMemoryAsync(GuestMap.PendingTable(0), ByteString.CopyFrom(pending));
        await guest.SetUpLpisAsync(vcpuCount: 2);
        await guest.SetUpItsAsync(queuePages: queuePages);
        return guest;
    }

    /// <summary>To and fro; an even number of them ends where it began.</summary>
    public static ItsCommand[] Commands(int count) =>
        [.. Enumerable.Range(0, count).Select(number => ItsCommand.MoveAll((uint)number % 2, 1 - ((uint)number % 2)))];

    /// <summary>Submits many of them, which take seconds, and returns when they are in the queue.</summary>
    public static async Task<Task<SubmitResponse>> StartAsync(
        Guest guest, CancellationToken cancellation, DateTime? deadline = null, int count = 4000)
    {
        var request = guest.Submission(Commands(count).Select(command => command.Raw));
        var before = await guest.ReadAsync("GITS_CWRITER");
        var call = guest.Api.Commands.SubmitAsync(request, deadline: deadline, cancellationToken: cancellation);
        while (await guest.ReadAsync("GITS_CWRITER") == before)
        {
            Assert.False(call.ResponseAsync.IsCompleted, "the call ended before its commands were in the queue");
        }

        return call.ResponseAsync;
    }
}
