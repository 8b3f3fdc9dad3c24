using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Pausing;

/// <summary>What goes on while a VM is Paused, and what does not.</summary>
public class PausedVmTests
{
    private const uint Device = 2;

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Description_memory_and_tables_are_there_while_paused(Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server[transport], "readable");
        await guest.MapDeviceAsync(Device, eventCount: 3, firstLpi: 8192);
        await guest.SignalAsync(Device, 1);
        var running = await guest.DumpAsync();
        var lines = (await guest.DescribeAsync()).Lines;

        await guest.Api.PauseAsync(guest.Name);
        await guest.WriteMemoryAsync(GuestMap.DataArea, ByteString.CopyFromUtf8("while paused"));

        Assert.Equal("while paused", (await guest.ReadMemoryAsync(GuestMap.DataArea, 12)).ToStringUtf8());
        Assert.Equal(running, await guest.DumpAsync());
        var vm = await guest.DescribeAsync();
        Assert.Equal((VmState.Paused, lines), (vm.State, vm.Lines));
        Assert.Equal(VmState.Paused, Assert.Single((await guest.Api.ListVmsAsync()).Vms).State);
        Assert.NotEmpty((await guest.Api.ListRegistersAsync(guest.Name)).Registers);
    }

    [Fact]
    public async Task Reset_of_a_paused_vm_leaves_it_paused()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "cold");
        await guest.Api.PauseAsync(guest.Name);

        var vm = await guest.Api.ResetVmAsync(guest.Name);

        Assert.Equal(VmState.Paused, vm.State);
        await guest.Api.ResumeAsync(guest.Name);
        Assert.Equal(0u, await guest.ReadAsync("GITS_CBASER"));
    }

    [Fact]
    public async Task Queue_stops_at_a_command_boundary_and_goes_on_after_resume()
    {
        const int CommandCount = 8000;
        var calls = new List<Task>();
        await using var server = await TestServer.StartAsync(options => options.Limits.InlineCommandsMax = 64);
        var guest = await Guest.BootAsync(server.Tcp, "halted", queuePages: 256);
        await guest.MapDeviceAsync(Device, eventCount: 1000, firstLpi: 8192);
        var writeOffset = await guest.PlaceAsync(
            [.. Enumerable.Repeat(ItsCommand.InvalidateAll(collection: 0), CommandCount)]);
        var host = server.Host(guest.Name);
        await using (await HeldGate.HoldAsync(host))
        {
            // One behind the other in the line, so that the queue cannot have ended before it is stopped.
            calls.Add(guest.WriteAsync("GITS_CWRITER", writeOffset));
            await host.UntilInLineAsync(1);
            calls.Add(guest.Api.PauseAsync(guest.Name));
            await host.UntilInLineAsync(2);
        }

        await Task.WhenAll(calls);
        var stoppedAt = await ItsOfAsync(guest);
        for (var round = 0; round < 20; round++)
        {
            Assert.Equal(stoppedAt, await ItsOfAsync(guest));
        }

        Assert.Equal(writeOffset, stoppedAt.WriteOffset);
        Assert.NotEqual(stoppedAt.WriteOffset, stoppedAt.ReadOffset);
        Assert.Equal(0u, stoppedAt.ReadOffset % ItsCommand.SizeBytes);
        await guest.Api.ResumeAsync(guest.Name);
        var startedAt = TimeProvider.System.GetTimestamp();
        while ((await ItsOfAsync(guest)).ReadOffset == stoppedAt.ReadOffset)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(startedAt) < TestTimeout.Limit, "the queue stands still");
        }
    }

    private static async Task<ItsEntry> ItsOfAsync(Guest guest)
    {
        var entries = await guest.Api.DumpTablesAsync(new DumpTablesRequest { Vm = guest.Name, OmitEvents = true });
        return entries.Single(entry => entry.KindCase == TableEntry.KindOneofCase.Its).Its;
    }
}
