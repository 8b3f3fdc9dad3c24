using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Lifecycle;

public class VmLifeTests
{
    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Get_tells_what_create_told(Transport transport)
    {
        await using var server = await TestServer.StartAsync();

        var created = await server[transport].CreateVmAsync("same", GuestMap.Spec());

        Assert.Equal(created, await server[transport].GetVmAsync("vms/same"));
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Deleted_vm_is_gone_and_its_name_is_free(Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var api = server[transport];
        var guest = await Guest.BootAsync(api, "brief");
        await guest.WriteMemoryAsync(GuestMap.DataArea, ByteString.CopyFromUtf8("left over"));
        await guest.MapDeviceAsync(device: 1, eventCount: 1, firstLpi: 8192);
        await guest.SignalAsync(1, 0);

        var uid = (await guest.DescribeAsync()).Uid;
        await api.DeleteVmAsync("vms/brief");

        Assert.NotEmpty(uid);
        var refusal = await Refusal.OfAsync(() => api.GetVmAsync("vms/brief"));
        Assert.Equal(StatusCode.NotFound, refusal.Code);
        Assert.Empty((await api.ListVmsAsync()).Vms);

        var next = await Guest.CreateAsync(api, "brief");
        Assert.NotEqual(uid, (await next.DescribeAsync()).Uid);
        Assert.Equal(new byte[9], await next.ReadMemoryAsync(GuestMap.DataArea, 9));
        Assert.All((await next.DescribeAsync()).Lines, line => Assert.Equal(0u, line.Generation));
        Assert.Equal(0u, await next.ReadAsync("GITS_CBASER"));
    }

    [Fact]
    public async Task Reset_brings_the_controller_to_its_start_and_keeps_guest_memory()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "reset");
        await guest.MapDeviceAsync(device: 7, eventCount: 2, firstLpi: 8192);
        await guest.SignalAsync(7, 0);
        await guest.WriteMemoryAsync(GuestMap.DataArea, ByteString.CopyFromUtf8("kept"));
        var before = Assert.Single((await guest.DescribeAsync()).Lines, line => line.IrqAsserted);
        var fresh = await Guest.CreateAsync(server.Tcp, "fresh");

        var vm = await server.Tcp.ResetVmAsync(guest.Name);

        var line = vm.Lines[(int)before.Vcpu];
        Assert.Equal(
            new VcpuLine { Vcpu = before.Vcpu, IrqAsserted = false, Generation = before.Generation + 1 }, line);
        Assert.Equal(VmState.Running, vm.State);
        foreach (var register in new[] { "GITS_CTLR", "GITS_CBASER", "GITS_CWRITER", "GITS_CREADR", "GITS_BASER0",
            "GICR_CTLR", "GICR_PROPBASER", "GICR_PENDBASER", "GICD_CTLR" })
        {
            Assert.Equal((register, await fresh.ReadAsync(register)), (register, await guest.ReadAsync(register)));
        }

        Assert.Equal(await fresh.DumpAsync(), await guest.DumpAsync());
        Assert.Equal("kept", (await guest.ReadMemoryAsync(GuestMap.DataArea, 4)).ToStringUtf8());
        Assert.Equal(0x1EF71u, await ReadAtAsync(guest, GuestMap.ItsBase + 8, sizeBytes: 8));
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Pause_and_resume_can_be_repeated(Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var api = server[transport];
        var created = await api.CreateVmAsync("gate", GuestMap.Spec());

        var resumedWhileRunning = await api.ResumeAsync("vms/gate");
        var paused = await api.PauseAsync("vms/gate");
        var pausedAgain = await api.PauseAsync("vms/gate");
        var seen = await api.GetVmAsync("vms/gate");
        var resumed = await api.ResumeAsync("vms/gate");
        var resumedAgain = await api.ResumeAsync("vms/gate");

        Assert.Equal(created, resumedWhileRunning);
        Assert.Equal(VmState.Paused, paused.State);
        Assert.Equal(paused, pausedAgain);
        Assert.Equal(paused, seen);
        Assert.Equal(created, resumed);
        Assert.Equal(created, resumedAgain);
    }

    [Fact]
    public async Task Vm_created_paused_runs_after_resume()
    {
        await using var server = await TestServer.StartAsync();
        await server.Tcp.CreateVmAsync(new CreateVmRequest
        {
            VmId = "later",
            Spec = GuestMap.Spec(),
            StartPaused = true,
        });
        var guest = new Guest(server.Tcp, "vms/later");

        await server.Tcp.ResumeAsync("vms/later");

        Assert.Equal(0x1EF71u, await guest.ReadAsync("GITS_TYPER"));
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Server_info_tells_version_profiles_limits_and_features(Transport transport)
    {
        await using var server = await TestServer.StartAsync();

        var info = await server[transport].GetServerInfoAsync();

        Assert.Matches(@"^\d+\.\d+\.\d+", info.Version);
        Assert.DoesNotContain("+", info.Version, StringComparison.Ordinal);
        Assert.Equal("its.v1", info.ApiVersion);
        Assert.Equal([Profile.Kvm, Profile.Qemu, Profile.Custom], info.Profiles.Order());
        Assert.Contains("memory.hosted", info.Features);
        Assert.Contains("commands.submit", info.Features);
        Assert.Contains("state.checkpoints", info.Features);
        Assert.NotEqual(0u, info.Limits.VmsMax);
        Assert.NotEqual(0u, info.Limits.MemoryRegionsPerVmMax);
        Assert.NotEqual(0u, info.Limits.HostedMemoryBytesPerVmMax);
        Assert.NotEqual(0u, info.Limits.MessageBytesMax);
        Assert.NotEqual(0u, info.Limits.MemoryAccessBytesMax);
        Assert.NotEqual(0u, info.Limits.BatchAccessesMax);
        Assert.True(
            info.Limits.MemoryAccessBytesMax < info.Limits.MessageBytesMax,
            "a memory access of the greatest size must fit into a message");
    }

    private static async Task<ulong> ReadAtAsync(Guest guest, ulong address, uint sizeBytes)
    {
        var response = await guest.Api.ReadAsync(new ReadRegisterRequest
        {
            Vm = guest.Name,
            Target = Guest.At(address),
            SizeBytes = sizeBytes,
        });
        return response.Value;
    }
}
