using System.Buffers.Binary;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Tests.Hosting;

/// <summary>A VM whose guest has mapped two events of one device: LPI 8192 for vCPU 0, LPI 8193 for vCPU 1.</summary>
internal static class Guest
{
    public const ulong Ram = 0x4000_0000;
    public const ulong RamSizeBytes = 1 << 20;
    public const ulong Doorbell = 0x0809_0040;
    public const uint Lpi = 8192;
    public const ulong BootCommandsSizeBytes = 0xA0;
    public const ulong CollectionTable = Ram + 0x50000;

    private const ulong Configuration = Ram + 0x10000;
    private const ulong PendingTables = Ram + 0x20000;
    private const ulong DeviceTable = Ram + 0x40000;
    private const ulong TranslationTable = Ram + 0x70000;
    private const ulong Valid = 1UL << 63;

    /// <summary>One page, of which the first 0xA0 bytes are used when the guest has booted.</summary>
    public static readonly GuestAddress Queue = new(Ram + 0x60000);

    public static readonly DeviceId Device = new(0x28);

    /// <summary>Memory that no table lies in.</summary>
    public static GuestAddress Data { get; } = new(Ram + 0x80000);

    public static VmSpec Spec() => new()
    {
        Vcpus = { new Vcpu(), new Vcpu() },
        DistributorBase = 0x0800_0000,
        RedistributorRegions = { new RedistributorRegion { Base = 0x080A_0000, Count = 2 } },
        Its = { new ItsUnit { Base = 0x0808_0000 } },
        MemoryRegions = { new MemoryRegion { Base = Ram, SizeBytes = RamSizeBytes, Hosted = new HostedMemory() } },
    };

    public static Task<VmHandle> CreateAsync(ItsClient client, string id, VmSpec? spec = null) =>
        client.CreateVmAsync(id, spec ?? Spec(), TestContext.Current.CancellationToken).WithinLimit();

    public static async Task<VmHandle> BootAsync(ItsClient client, string id, VmSpec? spec = null)
    {
        var vm = await CreateAsync(client, id, spec);
        await SetUpAsync(vm);
        return vm;
    }

    /// <summary>What the guest does as it boots.</summary>
    public static async Task SetUpAsync(VmHandle vm)
    {
        byte[] commands =
        [
            .. Command((ulong)Device.Value << 32 | 0x08, 4, Valid | TranslationTable), // MAPD
            .. Command(0x09, 0, Valid), // MAPC to vCPU 0
            .. Command(0x09, 0, Valid | 1 << 16 | 1), // MAPC to vCPU 1
            .. Command((ulong)Device.Value << 32 | 0x0A, (ulong)Lpi << 32, 0), // MAPTI
            .. Command((ulong)Device.Value << 32 | 0x0A, (ulong)(Lpi + 1) << 32 | 1, 1), // MAPTI
        ];
        var batch = vm.Batch();
        batch.WriteMemory(new GuestAddress(Configuration), [0xA1, 0xB1])
            .Write(RegisterPlace.Named("GICD_CTLR"), AccessSize.Natural, 0b10);
        for (var vcpu = 0u; vcpu < 2; vcpu++)
        {
            batch.Write(RegisterPlace.Named("GICR_PROPBASER", vcpu), AccessSize.Natural, Configuration | 15)
                .Write(RegisterPlace.Named("GICR_PENDBASER", vcpu), AccessSize.Natural, PendingTables + (vcpu << 16))
                .Write(RegisterPlace.Named("GICR_CTLR", vcpu), AccessSize.Natural, 1)
                .WriteSystemRegister(new VcpuIndex(vcpu), SystemRegisterId.IccPmr, 0xF0)
                .WriteSystemRegister(new VcpuIndex(vcpu), SystemRegisterId.IccIgrpen1, 1);
        }

        batch.Write(RegisterPlace.Named("GITS_BASER0"), AccessSize.Natural, Valid | DeviceTable)
            .Write(RegisterPlace.Named("GITS_BASER1"), AccessSize.Natural, Valid | CollectionTable)
            .Write(RegisterPlace.Named("GITS_CBASER"), AccessSize.Natural, Valid | Queue.Value)
            .Write(RegisterPlace.Named("GITS_CWRITER"), AccessSize.Natural, 0)
            .Write(RegisterPlace.Named("GITS_CTLR"), AccessSize.Natural, 1)
            .WriteMemory(Queue, commands)
            .Write(RegisterPlace.Named("GITS_CWRITER"), AccessSize.Natural, (ulong)commands.Length);
        var results = await batch.SendAsync(TestContext.Current.CancellationToken).WithinLimit();
        Assert.Empty(results.Failures);
    }

    public static Task<SignalMsiResponse> SignalAsync(VmHandle vm, uint eventId) =>
        vm.SignalMsiAsync(
            new ItsIndex(0), Device, new EventId(eventId), TestContext.Current.CancellationToken).WithinLimit();

    public static async Task<ulong> AcknowledgeAsync(VmHandle vm, uint vcpu)
    {
        var answer = await vm.ReadSystemRegisterAsync(
            new VcpuIndex(vcpu), SystemRegisterId.IccIar1, TestContext.Current.CancellationToken).WithinLimit();
        return answer.Value;
    }

    /// <summary>A command that makes an event's LPI pending.</summary>
    public static byte[] Interrupt(uint eventId) => Command((ulong)Device.Value << 32 | 0x03, eventId, 0);

    private static byte[] Command(ulong doubleword0, ulong doubleword1, ulong doubleword2)
    {
        var slot = new byte[32];
        BinaryPrimitives.WriteUInt64LittleEndian(slot, doubleword0);
        BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(8), doubleword1);
        BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(16), doubleword2);
        return slot;
    }
}
