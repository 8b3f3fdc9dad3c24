using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Benchmarks.Api;

/// <summary>A VM with one device of 256 events, each an LPI for one of 4 vCPUs, none of which takes any.</summary>
internal sealed class ApiGuest : IAsyncDisposable
{
    public const uint EventCount = 256;

    private const uint VcpuCount = 4;
    private const ulong Ram = 0x4000_0000;
    private const ulong DeviceTable = Ram + 0x10_0000;
    private const ulong CollectionTable = Ram + 0x20_0000;
    private const ulong Queue = Ram + 0x30_0000;
    private const ulong ConfigurationTable = Ram + 0x40_0000;
    private const ulong PendingTables = Ram + 0x50_0000;
    private const ulong TranslationTable = Ram + 0x60_0000;
    private const ulong Valid = 1UL << 63;
    private const ulong Pages64KiB = 2UL << 8;

    private ApiGuest(VmHandle vm)
    {
        Vm = vm;
    }

    public static DeviceId Device { get; } = new(1);

    public VmHandle Vm { get; }

    public static async Task<ApiGuest> CreateAsync(ItsClient client)
    {
        var spec = new VmSpec
        {
            DistributorBase = 0x0800_0000,
            RedistributorRegions = { new RedistributorRegion { Base = 0x0900_0000, Count = VcpuCount } },
            Its = { new ItsUnit { Base = 0x0808_0000 } },
            MemoryRegions = { new MemoryRegion { Base = Ram, SizeBytes = 64 << 20, Hosted = new HostedMemory() } },
        };
        spec.Vcpus.AddRange(Enumerable.Range(0, (int)VcpuCount).Select(_ => new Vcpu()));
        var vm = await client.CreateVmAsync("", spec);
        await StartAsync(vm);
        await MapAsync(vm);
        return new ApiGuest(vm);
    }

    public async ValueTask DisposeAsync() => await Vm.DeleteAsync();

    private static async Task StartAsync(VmHandle vm)
    {
        await vm.WriteMemoryAsync(
            new GuestAddress(ConfigurationTable), Enumerable.Repeat((byte)0xA1, 1 << 15).ToArray());
        await vm.WriteRegisterAsync(RegisterPlace.Named("GICD_CTLR"), 2);
        for (var vcpu = 0u; vcpu < VcpuCount; vcpu++)
        {
            var pending = PendingTables + (vcpu * 0x1_0000UL);
            await vm.WriteRegisterAsync(RegisterPlace.Named("GICR_PROPBASER", vcpu), ConfigurationTable | 14);
            await vm.WriteRegisterAsync(RegisterPlace.Named("GICR_PENDBASER", vcpu), pending);
            await vm.WriteRegisterAsync(RegisterPlace.Named("GICR_CTLR", vcpu), 1);
        }

        await vm.WriteRegisterAsync(RegisterPlace.Named("GITS_BASER0"), Valid | DeviceTable | Pages64KiB);
        await vm.WriteRegisterAsync(RegisterPlace.Named("GITS_BASER1"), Valid | CollectionTable | Pages64KiB);
        await vm.WriteRegisterAsync(RegisterPlace.Named("GITS_CBASER"), Valid | Queue | 15);
        await vm.WriteRegisterAsync(RegisterPlace.Named("GITS_CTLR"), 1);
    }

    private static async Task MapAsync(VmHandle vm)
    {
        var commands = vm.Commands(new ItsIndex(0)).Mapd(Device, new GuestAddress(TranslationTable), eventIdBits: 8);
        for (var vcpu = 0u; vcpu < VcpuCount; vcpu++)
        {
            commands.Mapc(new CollectionId(vcpu), RdBase.Of(new VcpuIndex(vcpu)));
        }

        for (var number = 0u; number < EventCount; number++)
        {
            commands.Mapti(
                Device, new EventId(number), new IntId(8192 + number), new CollectionId(number % VcpuCount));
        }

        if ((await commands.SubmitAsync()).NotExecuted is [var failed, ..])
        {
            throw new InvalidOperationException($"The service refuses a command: {failed}");
        }
    }
}
