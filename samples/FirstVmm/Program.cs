// A VMM's part and a guest driver's part, in one file, from CreateVm to the end: docs/vmm-guide.md explains it.
//   dotnet run --project samples/FirstVmm [-- SERVER]
using System.Buffers.Binary;
using System.Collections.Concurrent;
using Google.Protobuf;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

// Where the guest's machine has what, and what its driver puts into RAM.
const ulong Gicd = 0x0800_0000;
const ulong Gits = 0x0808_0000;
const ulong Gicr = 0x080A_0000;
const ulong GicrBytes = 0x2_0000;
const ulong Doorbell = Gits + 0x1_0040;
const ulong Ram = 0x4000_0000;
const ulong Configuration = Ram + 0x1_0000;
const ulong PendingTables = Ram + 0x2_0000;
const ulong DeviceTable = Ram + 0x4_0000;
const ulong CollectionTable = Ram + 0x5_0000;
const ulong Queue = Ram + 0x6_0000;
const ulong TranslationTable = Ram + 0x7_0000;
const ulong Valid = 1UL << 63;
const ulong Pages64K = 2 << 8;

const ulong Device = 0x0010; // the requester ID of PCI function 00:02.0
const ulong Event = 0;
const ulong Lpi = 8192;
const uint Spi = 40;
var failures = 0;
var vcpu1 = new VcpuIndex(1);
await using var client = ItsClient.Connect(args.FirstOrDefault() ?? "http://127.0.0.1:7400");

// The VM. It is deleted when this program has been gone for ten seconds.
var vm = await client.CreateVmAsync("", new VmSpec
{
    Profile = Profile.Kvm,
    Vcpus = { new Vcpu(), new Vcpu() },
    DistributorBase = Gicd,
    RedistributorRegions = { new RedistributorRegion { Base = Gicr, Count = 2 } },
    Its = { new ItsUnit { Base = Gits } },
    MemoryRegions = { new MemoryRegion { Base = Ram, SizeBytes = 1 << 20, Hosted = new HostedMemory() } },
    Lease = new SessionLease { DurationMs = 10_000, OrphanPolicy = OrphanPolicy.Delete },
});

// What comes unasked: a line that rises wakes its vCPU, an interrupt's end is handed to the device's thread.
using var woken = new AutoResetEvent(false);
using var ended = new BlockingCollection<EndOfInterrupt>();
var session = await vm.AttachAsync(new VmmSessionOptions
{
    LineChanged = line =>
    {
        if (line.Vcpu == vcpu1.Value && (line.IrqAsserted || line.FiqAsserted))
        {
            woken.Set();
        }
    },
    InterruptEnded = ended.Add,
});
Console.WriteLine($"attached to a VM with {session.VcpuCount} vCPUs");

// The driver: distributor, one level-sensitive SPI that goes to vCPU 1, LPIs, CPU interfaces.
Store32(Gicd, 0x12); // GICD_CTLR: affinity routing, Group 1
Store32(Gicd + 0x84, 1 << 8); // GICD_IGROUPR1
Store64(Gicd + 0x6000 + (8 * Spi), 1); // GICD_IROUTER40: Aff0 is 1
Store32(Gicd + 0x104, 1 << 8); // GICD_ISENABLER1
StoreRam(Configuration, [0xA1]); // LPI 8192: priority 0xA0, enabled
for (var vcpu = 0u; vcpu < 2; vcpu++)
{
    var redistributor = Gicr + (vcpu * GicrBytes);
    Store64(redistributor + 0x70, Configuration | 15); // GICR_PROPBASER: 16 INTID bits
    Store64(redistributor + 0x78, PendingTables + (vcpu * 0x1_0000)); // GICR_PENDBASER
    Store32(redistributor, 1); // GICR_CTLR.EnableLPIs
    Msr(new VcpuIndex(vcpu), SystemRegisterId.Named("ICC_SRE_EL1"), 7);
    Msr(new VcpuIndex(vcpu), SystemRegisterId.IccPmr, 0xF0);
    Msr(new VcpuIndex(vcpu), SystemRegisterId.IccIgrpen1, 1);
}

// The ITS: tables, queue, on; then a device with 32 events, a collection at vCPU 1, and the event's LPI.
Store64(Gits + 0x100, Valid | DeviceTable | Pages64K); // GITS_BASER0
Store64(Gits + 0x108, Valid | CollectionTable | Pages64K); // GITS_BASER1
Store64(Gits + 0x80, Valid | Queue | 15); // GITS_CBASER: 16 pages of 4 KiB
Store64(Gits + 0x88, 0); // GITS_CWRITER
Store32(Gits, 1); // GITS_CTLR
byte[] commands =
[
    .. Command((Device << 32) | 0x08, 4, Valid | TranslationTable), // MAPD
    .. Command(0x09, 0, Valid | (1 << 16)), // MAPC: collection 0 is at vCPU 1
    .. Command((Device << 32) | 0x0A, (Lpi << 32) | Event, 0), // MAPTI
    .. Command((Device << 32) | 0x0C, Event, 0), // INV
    .. Command(0x05, 0, 1 << 16), // SYNC
];
StoreRam(Queue, commands);
Store64(Gits + 0x88, (ulong)commands.Length);
Expect("GITS_CREADR", Load64(Gits + 0x90), (ulong)commands.Length);

// A device sends its message, and the vCPU that sleeps in WFI wakes and takes the interrupt.
var sent = session.SignalMsi(new GuestAddress(Doorbell), new DeviceId((uint)Device), new EventId((uint)Event));
Expect("outcome of the message", sent.Outcome, MsiOutcome.Pended);
Expect("vCPU 1 is woken", woken.WaitOne(TimeSpan.FromSeconds(10)), true);
Expect("ICC_IAR1_EL1 of vCPU 1", Mrs(vcpu1, SystemRegisterId.IccIar1), Lpi);
Expect("line of vCPU 1", session.Line(vcpu1).IrqAsserted, false);
Msr(vcpu1, SystemRegisterId.IccEoir1, Lpi);

// A device asserts its wire. At the interrupt's end it looks whether it still has reason to, and has none.
session.SetLevels(new LineLevel { IntId = Spi, Asserted = true, NotifyAtEoi = true });
Expect("vCPU 1 is woken", woken.WaitOne(TimeSpan.FromSeconds(10)), true);
Expect("ICC_IAR1_EL1 of vCPU 1", Mrs(vcpu1, SystemRegisterId.IccIar1), Spi);
Msr(vcpu1, SystemRegisterId.IccEoir1, Spi);
var isTold = ended.TryTake(out var end, TimeSpan.FromSeconds(10));
Expect("interrupt that ended", isTold ? end!.IntId : 0, Spi);
Expect("line of vCPU 1 while the wire is asserted", session.Line(vcpu1).IrqAsserted, true);
session.SetLevels(new LineLevel { IntId = Spi, Asserted = false });
Expect("line of vCPU 1", session.Line(vcpu1).IrqAsserted, false);

await session.DetachAsync();
await session.DisposeAsync();
await vm.DeleteAsync();
Console.WriteLine(failures == 0 ? "ok" : $"{failures} not as expected");
return failures == 0 ? 0 : 1;

// What a VMM does with a guest's access that it has trapped.
ulong Load64(ulong address) =>
    session.ReadRegister(RegisterPlace.At(new GuestAddress(address)), AccessSize.Doubleword);
void Store64(ulong address, ulong value) =>
    session.WriteRegister(RegisterPlace.At(new GuestAddress(address)), AccessSize.Doubleword, value);
void Store32(ulong address, uint value) =>
    session.WriteRegister(RegisterPlace.At(new GuestAddress(address)), AccessSize.Word, value);
ulong Mrs(VcpuIndex vcpu, SystemRegisterId register) => session.ReadSystemRegister(vcpu, register);
void Msr(VcpuIndex vcpu, SystemRegisterId register, ulong value) =>
    session.WriteSystemRegister(vcpu, register, value);

// Hosted memory: what the guest has stored in its RAM goes to the service before the service is to read it.
void StoreRam(ulong address, byte[] bytes) => session.Send(new VmmRequest
{
    WriteMemory = new WriteMemoryAccess { Address = address, Data = ByteString.CopyFrom(bytes) },
});

void Expect<T>(string what, T actual, T expected)
{
    var isAsExpected = EqualityComparer<T>.Default.Equals(actual, expected);
    failures += isAsExpected ? 0 : 1;
    Console.WriteLine(isAsExpected ? $"{what}: {actual}" : $"{what}: {actual}, but {expected} was expected");
}

static byte[] Command(ulong doubleword0, ulong doubleword1, ulong doubleword2)
{
    var slot = new byte[32];
    BinaryPrimitives.WriteUInt64LittleEndian(slot, doubleword0);
    BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(8), doubleword1);
    BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(16), doubleword2);
    return slot;
}
