using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using static ItsService.Server.Tests.Attributes.AttributeCalls;

namespace ItsService.Server.Tests.Attributes;

/// <summary>
/// VMMs that were written against a kernel save and restore in their own orders, from one VM to another: messages
/// arrive where they did, what was pending is pending, and each command has run once.
/// </summary>
public class VmmOrderTests
{
    private const uint VcpuCount = 2;
    private const uint Device = 5;
    private const uint EventCount = 4;
    private const uint FirstLpi = 8200;
    private const uint PendingEvent = 1;
    private const uint OpcodeOfInt = 0x03;

    private static readonly Dictionary<string, Vmm> Vmms = new()
    {
        ["QEMU"] = Vmm.Qemu(VcpuCount),
        ["Firecracker"] = Vmm.Firecracker(VcpuCount),
    };

    public static TheoryData<string, Profile> Runs
    {
        get
        {
            var runs = new TheoryData<string, Profile>();
            foreach (var vmm in Vmms.Keys)
            {
                runs.Add(vmm, Profile.Kvm);
                runs.Add(vmm, Profile.Qemu);
            }

            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Vm_is_restored_in_the_order_of(string vmm, Profile profile)
    {
        await using var server = await TestServer.StartAsync();
        var source = await BootAsync(server, profile);
        await source.PauseAsync();

        var target = await MoveAsync(server, Vmms[vmm], source);

        Assert.Equal(await source.DumpAsync(), await target.DumpAsync());
        Assert.Equal(FirstLpi + PendingEvent, await target.AcknowledgeAsync(vcpu: 1));
        await target.EndAsync(vcpu: 1, FirstLpi + PendingEvent);
        for (var eventId = 0u; eventId < EventCount; eventId++)
        {
            Assert.Equal(MsiOutcome.Pended, (await target.SignalAsync(Device, eventId)).Result.Outcome);
            Assert.Equal(FirstLpi + eventId, await target.AcknowledgeAsync(vcpu: 1));
            await target.EndAsync(vcpu: 1, FirstLpi + eventId);
        }

        Assert.Empty((await CommandsRunAsync(target)).Keys);
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Commands_in_flight_run_once_and_consumed_ones_never_again_after_a_restore_in_the_order_of(
        string vmm, Profile profile)
    {
        await using var server = await TestServer.StartAsync();
        var source = await BootAsync(server, profile);
        Assert.Equal(FirstLpi + PendingEvent, await source.AcknowledgeAsync(vcpu: 1));
        await source.EndAsync(vcpu: 1, FirstLpi + PendingEvent);
        var consumed = await source.ReadAsync("GITS_CREADR");
        await source.PauseAsync();
        var writeOffset = await source.PlaceAsync(
            [ItsCommand.Interrupt(Device, 2), ItsCommand.Interrupt(Device, 3), ItsCommand.Sync(1)]);
        await source.SetAttributeAsync(Gits(RegisterOffset.GitsCwriter), writeOffset);

        var target = await MoveAsync(server, Vmms[vmm], source, spoiledBefore: consumed);

        await target.UntilQueueIsEmptyAsync(writeOffset);
        Assert.Equal(FirstLpi + 2, await target.AcknowledgeAsync(vcpu: 1));
        await target.EndAsync(vcpu: 1, FirstLpi + 2);
        Assert.Equal(FirstLpi + 3, await target.AcknowledgeAsync(vcpu: 1));
        await target.EndAsync(vcpu: 1, FirstLpi + 3);
        Assert.Equal(1023u, await target.AcknowledgeAsync(vcpu: 1));
        Assert.Equal(1023u, await target.AcknowledgeAsync(vcpu: 0));
        var run = await CommandsRunAsync(target);
        Assert.Equal(2u, run[(OpcodeOfInt, 0)]);
        Assert.Equal(3u, run.Values.Aggregate(0UL, (sum, count) => sum + count));
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Commands_of_a_disabled_its_wait_after_a_restore_in_the_order_of(string vmm, Profile profile)
    {
        await using var server = await TestServer.StartAsync();
        var source = await BootAsync(server, profile);
        await source.WriteAsync("GITS_CTLR", 0);
        var writeOffset = await source.PlaceAsync([ItsCommand.Interrupt(Device, 0)]);
        await source.WriteAsync("GITS_CWRITER", writeOffset);
        await source.PauseAsync();

        var target = await MoveAsync(server, Vmms[vmm], source);

        Assert.NotEqual(writeOffset, await target.ReadAsync("GITS_CREADR"));
        Assert.Empty(await CommandsRunAsync(target));
        await target.WriteAsync("GITS_CTLR", 1);
        await target.UntilQueueIsEmptyAsync(writeOffset);
        Assert.Equal(FirstLpi, await target.AcknowledgeAsync(vcpu: 1));
    }

    [Fact]
    public async Task Orders_that_destroy_a_kernels_queue_do_no_harm()
    {
        await using var server = await TestServer.StartAsync();
        var source = await BootAsync(server, Profile.Kvm);
        await source.PauseAsync();
        var vmm = Vmms["QEMU"];
        var state = await vmm.SaveAsync(source);
        var target = await CreateTargetAsync(server, source);
        await vmm.RestoreAsync(target, state);

        // Enabled first, the queue's base last: a kernel would run every slot again and lose both pointers.
        foreach (var offset in new[]
        {
            RegisterOffset.GitsCtlr, RegisterOffset.GitsCwriter, RegisterOffset.GitsCreadr, RegisterOffset.GitsCbaser,
        })
        {
            await target.SetAttributeAsync(Gits(offset), state[Gits(offset)]);
        }

        await target.ResumeAsync();
        Assert.Equal(await source.DumpAsync(), await target.DumpAsync());
        Assert.Empty(await CommandsRunAsync(target));
    }

    /// <summary>Events 0 to 3 for vCPU 1, of which one is pending; INT has run for another, which is taken.</summary>
    private static async Task<Guest> BootAsync(TestServer server, Profile profile)
    {
        var guest = await Guest.CreateAsync(server.Tcp, "source", Spec(profile));
        await guest.SetUpLpisAsync(VcpuCount);
        await guest.SetUpItsAsync();
        await guest.RunAsync(ItsCommand.MapCollection(0, 0), ItsCommand.MapCollection(1, 1));
        await guest.MapDeviceAsync(Device, EventCount, FirstLpi, collection: 1);
        await guest.RunAsync(ItsCommand.Interrupt(Device, 0), ItsCommand.Sync(1));
        Assert.Equal(FirstLpi, await guest.AcknowledgeAsync(vcpu: 1));
        await guest.EndAsync(vcpu: 1, FirstLpi);
        await guest.SignalAsync(Device, PendingEvent);
        return guest;
    }

    private static async Task<Guest> MoveAsync(TestServer server, Vmm vmm, Guest source, ulong spoiledBefore = 0)
    {
        var state = await vmm.SaveAsync(source);
        var target = await CreateTargetAsync(server, source);
        if (spoiledBefore > 0)
        {
            await GuestRam.SpoilQueueAsync(target, 0, spoiledBefore);
        }

        await vmm.RestoreAsync(target, state);
        Assert.Equal(VmState.Running, (await target.ResumeAsync()).State);
        return target;
    }

    private static async Task<Guest> CreateTargetAsync(TestServer server, Guest source)
    {
        var created = await server.Tcp.CreateVmAsync(new CreateVmRequest
        {
            VmId = "target",
            Spec = (await source.DescribeAsync()).Spec,
            StartPaused = true,
        });
        var target = new Guest(server.Tcp, created.Name);
        await GuestRam.CopyAsync(source, target);
        return target;
    }

    private static VmSpec Spec(Profile profile)
    {
        var spec = GuestMap.Spec((int)VcpuCount);
        spec.Profile = profile;
        return spec;
    }

    /// <summary>How many commands the VM has run, by opcode and error.</summary>
    private static async Task<Dictionary<(uint Opcode, uint Error), ulong>> CommandsRunAsync(Guest guest)
    {
        var diagnostics = await guest.Api.GetDiagnosticsAsync(new GetDiagnosticsRequest { Vm = guest.Name });
        return diagnostics.CommandTotals.ToDictionary(total => (total.Opcode, total.ErrorCode), total => total.Count);
    }
}
