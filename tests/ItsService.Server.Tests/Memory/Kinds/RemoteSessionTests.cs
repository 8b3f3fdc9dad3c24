using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using ItsService.Server.Tests.Sessions;

namespace ItsService.Server.Tests.Memory.Kinds;

/// <summary>Sessions of VMs with remote memory, which they serve or which another stream does.</summary>
public class RemoteSessionTests
{
    private const uint Device = 7;
    private const uint Lpi = 8192;

    [Fact]
    public async Task Sessions_answer_follows_the_writes_of_its_request()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        using var vmm = await AttachedVmm.AttachAsync(
            server.Tcp, new AttachRequest { Vm = guest.Name, ServesMemory = true });

        // Many on their way at once, so that some are told while others are made.
        const int Count = 100;
        for (var number = 0u; number < Count; number++)
        {
            await vmm.SendAsync(new VmmRequest
            {
                WriteMemory = new WriteMemoryAccess
                {
                    Address = GuestMap.DataArea + number,
                    Data = ByteString.CopyFrom(4),
                },
            });
        }

        var written = 0u;
        for (var answered = 0u; answered < Count;)
        {
            var message = await vmm.ReadAsync();
            if (message.Memory is { } memory)
            {
                Assert.Equal(GuestMap.DataArea + written++, memory.Write.Address);
            }
            else
            {
                Assert.NotNull(message.Answer.Done);
                Assert.True(++answered <= written, $"answer {answered} came ahead of its write");
            }
        }
    }

    [Fact]
    public async Task Sessions_answer_waits_for_writes_that_another_stream_serves()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        using var memory = await MemoryStream.OpenAsync(server.Tcp, guest.Name);
        using var vmm = await AttachedVmm.AttachAsync(guest);
        await vmm.SendAsync(new VmmRequest
        {
            WriteMemory = new WriteMemoryAccess { Address = GuestMap.DataArea, Data = ByteString.CopyFrom(4) },
        });
        var answer = vmm.ReadAnswerAsync();

        var request = await memory.ReadAsync();
        await guest.ReadAsync("GITS_TYPER");
        var cameEarly = answer.IsCompleted;
        await memory.AnswerAsync(new MemoryAnswer { Id = request.Id, Done = new MemoryDone() });

        Assert.NotNull((await answer).Done);
        Assert.False(cameEarly);
    }

    [Fact]
    public async Task Request_that_waits_for_memory_when_its_stream_is_cut_is_done_once()
    {
        await using var server = await TestServer.StartAsync();
        using var made = await GuestOfKind.BootAsync(server, MemoryKind.Served);
        var guest = made.Guest;
        await guest.MapDeviceAsync(Device, eventCount: 2, Lpi);
        await guest.SignalAsync(Device, 0);
        await guest.SignalAsync(Device, 1);
        var silence = made.Ram.FallSilent();
        using var first = await AttachedVmm.AttachAsync(guest);
        var batch = new VmmRequest
        {
            Batch = new AccessList
            {
                Accesses =
                {
                    new Access { ReadSystemRegister = AttachedVmm.Acknowledge().ReadSystemRegister },
                    new Access { ReadMemory = new ReadMemoryAccess { Address = GuestMap.DataArea, LengthBytes = 1 } },
                    new Access { ReadSystemRegister = AttachedVmm.Acknowledge().ReadSystemRegister },
                },
            },
        };

        await first.SendAsync(batch);
        await made.Ram.UntilAskedForAsync(GuestMap.DataArea);
        first.Cut();
        silence.Dispose();
        using var second = await first.AgainAsync(guest, received: 0);
        await (second.Attached.LastTaken == 0 ? second.SendAsync(batch.Clone()) : Task.CompletedTask);

        var results = (await second.ReadAnswerAsync()).Batch.Results;
        Assert.Equal((ulong)Lpi, results[0].Value);
        Assert.Equal(1023u, results[2].Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Session_that_ends_has_told_what_waited_for_memory(bool detaches)
    {
        await using var server = await TestServer.StartAsync();
        using var made = await GuestOfKind.BootAsync(server, MemoryKind.Served);
        using var vmm = await AttachedVmm.AttachAsync(made.Guest);
        var silence = made.Ram.FallSilent();
        await vmm.SendAsync(new VmmRequest
        {
            WriteMemory = new WriteMemoryAccess { Address = GuestMap.DataArea, Data = ByteString.CopyFrom(4) },
        });

        await (detaches ? vmm.WriteAsync(new FromVmm { Detach = new Detach() }) : vmm.CompleteAsync());
        await Task.Delay(100, TestContext.Current.CancellationToken);
        silence.Dispose();

        Assert.NotNull((await vmm.ReadAnswerAsync()).Done);
    }

    [Fact]
    public async Task Take_over_that_is_refused_leaves_the_session_as_it_was()
    {
        await using var server = await TestServer.StartAsync();
        using var made = await GuestOfKind.BootAsync(server, MemoryKind.Served);
        using var held = await AttachedVmm.AttachAsync(made.Guest);

        using var other = AttachedVmm.Open(server.Tcp);
        await other.WriteAsync(new FromVmm
        {
            Attach = new AttachRequest { Vm = made.Guest.Name, TakeOver = true, ServesMemory = true },
        });
        var refusal = Refusal.Of(await other.EndAsync());
        var answer = await held.AskAsync(AttachedVmm.Acknowledge());

        Assert.Equal(ErrorReason.MemoryServed, refusal.Detail.Reason);
        Assert.Equal(1023u, answer.Value);
    }

    private static async Task<Guest> CreateAsync(TestServer server)
    {
        var spec = GuestMap.Spec();
        GuestOfKind.SetBacking(spec.MemoryRegions[0], MemoryKind.Served, server, "guest");
        return await Guest.CreateAsync(server.Tcp, "guest", spec);
    }
}
