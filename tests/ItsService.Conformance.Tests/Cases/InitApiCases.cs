using ItsService.Conformance.Tests.Support;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using static ItsService.Server.Tests.Attributes.AttributeCalls;
using Guest = ItsService.Server.Tests.Guests.Guest;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>The tests of the cases about a VM that waits for INIT. KVM's run of a vCPU is here Resume.</summary>
internal static class InitApiCases
{
    public static async Task RunBeforeInit()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await CreateAsync(server, awaitsInit: true);
        await vm.AssertErrnoAsync(Kvm.Ebusy, waiting => waiting.ResumeAsync());
        Assert.Equal(VmState.Paused, (await vm.DescribeAsync()).State);
        await vm.SetAttributeAsync(Init);
        await vm.ResumeAsync();
        Assert.Equal(VmState.Running, (await vm.DescribeAsync()).State);
    }

    /// <summary>A VM that does not wait for INIT writes them without it.</summary>
    public static async Task PendingTablesBeforeInit()
    {
        await using var server = await TestServer.StartAsync();
        var vm = await CreateAsync(server, awaitsInit: true);
        await vm.AssertErrnoAsync(Kvm.Enxio, waiting => waiting.SetAttributeAsync(SavePendingTables));
        await vm.SetAttributeAsync(Init);
        await vm.SetAttributeAsync(SavePendingTables);
        await (await CreateAsync(server, awaitsInit: false)).SetAttributeAsync(SavePendingTables);
    }

    private static async Task<Guest> CreateAsync(TestServer server, bool awaitsInit)
    {
        var spec = GuestMap.Spec(vcpuCount: 4);
        spec.AwaitsInit = awaitsInit;
        var vm = await server.Tcp.CreateVmAsync(new CreateVmRequest { Spec = spec, StartPaused = true });
        return new Guest(server.Tcp, vm.Name);
    }
}
