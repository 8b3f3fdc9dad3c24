using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Sessions;

/// <summary>
/// A batch whose writes have much to do leaves the gate between two of them; it goes on whatever becomes of its stream.
/// </summary>
public class SessionBatchTests
{
    private const uint Lpi = 8192;

    [Fact]
    public async Task Batch_that_is_half_done_when_the_connection_is_cut_is_done_once_and_before_what_follows()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.BatchCommandsMax = 1);
        var guest = await BootAsync(server.Tcp);
        var host = server.Host(guest.Name);
        using var first = await AttachedVmm.AttachAsync(guest);
        await SendAndPauseInTheMiddleAsync(server, guest, first);

        first.Cut();
        using var second = await first.AgainAsync(guest, received: 0);
        await second.SendAsync(AttachedVmm.ReadSystem(0, "ICC_HPPIR1_EL1"));
        Assert.Equal(1, host.WaitingCount);
        await guest.Api.ResumeAsync(guest.Name);
        var resumed = await second.ReadChangesAsync();
        var answers = new List<VmmAnswer>();
        while (answers.Count < 2)
        {
            // Each entry of the batch but its last tells what it has changed.
            if ((await second.ReadAsync()).Answer is { } answer)
            {
                answers.Add(answer);
            }
        }

        var (batch, next) = (answers[0], answers[1]);

        Assert.Equal((1u, VmState.Paused), (second.Attached.LastTaken, second.Attached.State));
        Assert.Equal(VmState.Running, resumed.State);
        Assert.Equal((1u, (ulong)Lpi), (batch.Sequence, batch.Batch.Results[^1].Value));
        Assert.Equal((2u, Lpi + 1ul), (next.Sequence, next.Value));
    }

    [Fact]
    public async Task Batch_that_is_half_done_when_another_session_takes_over_is_done_before_that_ones_requests()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.BatchCommandsMax = 1);
        var guest = await BootAsync(server.Tcp);
        using var first = await AttachedVmm.AttachAsync(guest);
        await SendAndPauseInTheMiddleAsync(server, guest, first);

        using var second = await AttachedVmm.AttachAsync(
            guest.Api, new AttachRequest { Vm = guest.Name, TakeOver = true });
        await guest.Api.ResumeAsync(guest.Name);
        Assert.Equal(VmState.Running, (await second.ReadChangesAsync()).State);

        // The first session's batch ends with an acknowledge; it may be told of as a change of the line.
        await second.SendAsync(AttachedVmm.Read("GICR_CTLR"));
        var message = await second.ReadAsync();
        while (message.Answer is null)
        {
            message = await second.ReadAsync();
        }

        Assert.Equal(1u, message.Answer.Sequence);
        await server.Host(guest.Name).UntilWaitingAsync(0);
    }

    // The Pause stands in line behind the batch, and comes in as soon as that leaves the gate.
    private static async Task SendAndPauseInTheMiddleAsync(TestServer server, Guest guest, AttachedVmm vmm)
    {
        var host = server.Host(guest.Name);
        Task<Vm> paused;
        await using (await HeldGate.HoldAsync(host))
        {
            await vmm.SendAsync(new VmmRequest
            {
                Batch = new AccessList
                {
                    Accesses =
                    {
                        Switch(0), Switch(1), Switch(0), Switch(1),
                        new Access { ReadSystemRegister = AttachedVmm.Acknowledge().ReadSystemRegister },
                    },
                },
            });
            await host.UntilInLineAsync(1);
            paused = guest.Api.PauseAsync(guest.Name);
            await host.UntilInLineAsync(2);
        }

        await paused;
        await host.UntilWaitingAsync(1);
    }

    /// <summary>All LPIs are pending at vCPU 0, so that to enable and disable them takes long.</summary>
    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.CreateAsync(api, "live");
        await guest.SetUpLpisAsync(vcpuCount: 1);
        await guest.WriteAsync("GICR_CTLR", 0);
        var ones = new byte[0x2000];
        ones.AsSpan().Fill(0xFF);
        await guest.WriteMemoryAsync(GuestMap.PendingTable(0), ByteString.CopyFrom(ones));
        await guest.WriteAsync("GICR_CTLR", 1);
        return guest;
    }

    private static Access Switch(ulong enableLpis) => new()
    {
        Write = new WriteAccess { Target = Guest.Register("GICR_CTLR"), Value = enableLpis },
    };
}
