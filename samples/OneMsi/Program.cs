// One MSI, by hand: what a guest's driver and a VMM do between them until an LPI is acknowledged.
//   dotnet run --project samples/OneMsi [-- SERVER]
using System.Buffers.Binary;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

// Where the guest's driver keeps what it gives to the controller.
const ulong Ram = 0x4000_0000;
const ulong Configuration = Ram + 0x10000;
const ulong PendingTable = Ram + 0x20000;
const ulong DeviceTable = Ram + 0x30000;
const ulong CollectionTable = Ram + 0x40000;
const ulong Queue = Ram + 0x50000;
const ulong TranslationTable = Ram + 0x60000;

const ulong Valid = 1UL << 63;
const ulong Device = 0x28;
const ulong Event = 3;
const ulong Lpi = 8192;
var vcpu = new VcpuIndex(0);

await using var client = ItsClient.Connect(args.FirstOrDefault() ?? "http://127.0.0.1:7400");

// The VMM: one vCPU, KVM's profile, 1 MiB of RAM that the server keeps.
var spec = new VmSpec
{
    Vcpus = { new Vcpu() },
    MemoryRegions = { new MemoryRegion { Base = Ram, SizeBytes = 1 << 20, Hosted = new HostedMemory() } },
};
var vm = await client.CreateVmAsync("", spec);
Console.WriteLine($"created {vm.Name}");

// The guest's driver: LPI 8192 has priority 0xA0 and is enabled; then the redistributor, the CPU interface, the ITS.
var setUp = vm.Batch();
setUp.WriteMemory(new GuestAddress(Configuration), [0xA3])
    .Write(RegisterPlace.Named("GICD_CTLR"), AccessSize.Natural, 0b10)
    .Write(RegisterPlace.Named("GICR_PROPBASER"), AccessSize.Natural, Configuration | 15)
    .Write(RegisterPlace.Named("GICR_PENDBASER"), AccessSize.Natural, PendingTable)
    .Write(RegisterPlace.Named("GICR_CTLR"), AccessSize.Natural, 1)
    .WriteSystemRegister(vcpu, SystemRegisterId.IccPmr, 0xF0)
    .WriteSystemRegister(vcpu, SystemRegisterId.IccIgrpen1, 1)
    .Write(RegisterPlace.Named("GITS_BASER0"), AccessSize.Natural, Valid | DeviceTable)
    .Write(RegisterPlace.Named("GITS_BASER1"), AccessSize.Natural, Valid | CollectionTable)
    .Write(RegisterPlace.Named("GITS_CBASER"), AccessSize.Natural, Valid | Queue)
    .Write(RegisterPlace.Named("GITS_CWRITER"), AccessSize.Natural, 0)
    .Write(RegisterPlace.Named("GITS_CTLR"), AccessSize.Natural, 1);
await setUp.SendAsync();

// Three commands: the device has a table for 32 events, collection 0 goes to vCPU 0, the event is LPI 8192.
byte[] commands =
[
    .. Command((Device << 32) | 0x08, 4, Valid | TranslationTable), // MAPD
    .. Command(0x09, 0, Valid), // MAPC
    .. Command((Device << 32) | 0x0A, (Lpi << 32) | Event, 0), // MAPTI
];
var run = vm.Batch();
run.WriteMemory(new GuestAddress(Queue), commands)
    .Write(RegisterPlace.Named("GITS_CWRITER"), AccessSize.Natural, (ulong)commands.Length);
await run.SendAsync();

// The device sends its message; the vCPU's line rises, and the vCPU acknowledges.
var sent = await vm.SignalMsiAsync(new ItsIndex(0), new DeviceId((uint)Device), new EventId((uint)Event));
Console.WriteLine($"the message: {sent.Result.Outcome}, LPI {sent.Result.IntId} for vCPU {sent.Result.Vcpu}");
var isAsserted = sent.ChangedLines.Any(line => line.Vcpu == 0 && line.IrqAsserted);
Console.WriteLine($"the line of vCPU 0: {(isAsserted ? "asserted" : "unchanged")}");

var acknowledged = await vm.ReadSystemRegisterAsync(vcpu, SystemRegisterId.IccIar1);
await vm.WriteSystemRegisterAsync(vcpu, SystemRegisterId.IccEoir1, acknowledged.Value);
Console.WriteLine($"acknowledged: {acknowledged.Value}");

await vm.DeleteAsync();
return acknowledged.Value == Lpi ? 0 : 1;

static byte[] Command(ulong doubleword0, ulong doubleword1, ulong doubleword2)
{
    var slot = new byte[32];
    BinaryPrimitives.WriteUInt64LittleEndian(slot, doubleword0);
    BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(8), doubleword1);
    BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(16), doubleword2);
    return slot;
}
