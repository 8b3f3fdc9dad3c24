using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;

namespace ItsService.Server.Tests.Refusals;

/// <summary>The table of accesses and messages that cannot be made, for a VM of two vCPUs and one ITS.</summary>
internal static class RefusedAccess
{
    private const StatusCode Invalid = StatusCode.InvalidArgument;

    public static readonly IReadOnlyDictionary<string, (IMessage Request, Expected Expected)> Cases =
        new Dictionary<string, (IMessage Request, Expected Expected)>
        {
            ["a register by no target"] = (
            Read(null, 4), new(Invalid, ErrorReason.Required, "target")),
            ["a register by an empty target"] = (
            Read(new RegisterTarget(), 4), new(Invalid, ErrorReason.Required, "target")),
            ["an address in no frame"] = (
            Read(Guest.At(0x0700_0000), 4), new(StatusCode.OutOfRange, ErrorReason.NoFrame, "target.address")),
            ["an address in memory"] = (
            Read(Guest.At(GuestMap.RamBase), 4), new(StatusCode.OutOfRange, ErrorReason.NoFrame, "target.address")),
            ["the address behind the last redistributor"] = (
            Read(Guest.At(GuestMap.RedistributorBase + 0x4_0000), 4),
            new(StatusCode.OutOfRange, ErrorReason.NoFrame, "target.address")),
            ["the address behind the ITS"] = (
            Write(Guest.At(GuestMap.ItsBase + 0x2_0000), 4, 0),
            new(StatusCode.OutOfRange, ErrorReason.NoFrame, "target.address")),
            ["an address at the end of the address space"] = (
            Read(Guest.At(ulong.MaxValue), 8), new(StatusCode.OutOfRange, ErrorReason.NoFrame, "target.address")),
            ["an address across the end of a frame"] = (
            Read(Guest.At(GuestMap.DistributorBase + 0xFFFC), 8),
            new(StatusCode.OutOfRange, ErrorReason.NoFrame, "target.address")),
            ["an address across the end of a frame and the start of another"] = (
            Write(Guest.At(GuestMap.RedistributorBase + 0x1_FFFC), 8, 0),
            new(StatusCode.OutOfRange, ErrorReason.NoFrame, "target.address")),
            ["size 3"] = (
            Read(Guest.At(GuestMap.ItsBase), 3),
            new(Invalid, ErrorReason.OutOfRange, "size_bytes") { Accepted = "1, 2, 4 or 8" }),
            ["size 16"] = (
            Write(Guest.Register("GITS_CTLR"), 16, 0),
            new(Invalid, ErrorReason.OutOfRange, "size_bytes") { Accepted = "1, 2, 4 or 8" }),
            ["no size for an address"] = (
            Read(Guest.At(GuestMap.ItsBase), 0), new(Invalid, ErrorReason.OutOfRange, "size_bytes")
            {
                Accepted = "1, 2, 4 or 8",
            }),
            ["no size for an offset"] = (
            Write(Offset(Frame.Gits, 0, 0), 0, 0), new(Invalid, ErrorReason.OutOfRange, "size_bytes")
            {
                Accepted = "1, 2, 4 or 8",
            }),
            ["a value of 33 bits in 4 bytes"] = (
            Write(Guest.Register("GITS_CTLR"), 4, 0x1_0000_0000), new(Invalid, ErrorReason.OutOfRange, "value")),
            ["a value of 9 bits in 1 byte"] = (
            Write(Guest.At(GuestMap.DistributorBase + 0x420), 1, 0x100),
            new(Invalid, ErrorReason.OutOfRange, "value")),
            ["a value too large for the register's own width"] = (
            Write(Guest.Register("GICD_CTLR"), 0, 0x1_0000_0000), new(Invalid, ErrorReason.OutOfRange, "value")),
            ["a misspelt register"] = (
            Read(Guest.Register("GITS_TYPPER"), 0),
            new(Invalid, ErrorReason.UnknownRegister, "target.named.name") { Suggestion = "GITS_TYPER" }),
            ["a register that looks like nothing"] = (
            Read(Guest.Register("zzzzzzzzzzzzzzzzzzzzzzzz"), 0),
            new(Invalid, ErrorReason.UnknownRegister, "target.named.name")),
            ["an empty register name"] = (
            Write(Guest.Register(""), 0, 0), new(Invalid, ErrorReason.UnknownRegister, "target.named.name")),
            ["a register number beyond the last"] = (
            Read(Guest.Register("GITS_BASER8"), 0),
            new(Invalid, ErrorReason.UnknownRegister, "target.named.name") { Suggestion = null }),
            ["a redistributor beyond the last"] = (
            Read(Guest.Register("GICR_TYPER", 2), 0),
            new(Invalid, ErrorReason.OutOfRange, "target.named.index") { Accepted = "0..1" }),
            ["an ITS beyond the last"] = (
            Write(Guest.Register("GITS_CTLR", 1), 0, 0),
            new(Invalid, ErrorReason.OutOfRange, "target.named.index") { Accepted = "0" }),
            ["a distributor with an index"] = (
            Read(Guest.Register("GICD_CTLR", 1), 0),
            new(Invalid, ErrorReason.OutOfRange, "target.named.index") { Accepted = "0" }),
            ["an unspecified frame"] = (
            Read(Offset(Frame.Unspecified, 0, 0), 4),
            new(Invalid, ErrorReason.OutOfRange, "target.frame_offset.frame") { Accepted = "GICD" }),
            ["an unknown frame"] = (
            Read(Offset((Frame)9, 0, 0), 4),
            new(Invalid, ErrorReason.OutOfRange, "target.frame_offset.frame") { Accepted = "GICD" }),
            ["a frame's index beyond the last"] = (
            Read(Offset(Frame.Gicr, uint.MaxValue, 0), 4),
            new(Invalid, ErrorReason.OutOfRange, "target.frame_offset.index") { Accepted = "0..1" }),
            ["an offset behind the distributor"] = (
            Read(Offset(Frame.Gicd, 0, 0x1_0000), 4),
            new(Invalid, ErrorReason.OutOfRange, "target.frame_offset.offset") { Accepted = "0..0xFFFC" }),
            ["an offset behind the ITS"] = (
            Write(Offset(Frame.Gits, 0, 0x2_0000), 4, 0),
            new(Invalid, ErrorReason.OutOfRange, "target.frame_offset.offset") { Accepted = "0..0x1FFFC" }),
            ["a system register by no target"] = (
            ReadSystem(0, null), new(Invalid, ErrorReason.Required, "target")),
            ["a misspelt system register"] = (
            ReadSystem(0, Guest.SystemRegister("ICC_IAR1")),
            new(Invalid, ErrorReason.UnknownSystemRegister, "target.name") { Suggestion = "ICC_IAR1_EL1" }),
            ["an unknown encoding"] = (
            WriteSystem(0, new SystemRegisterTarget { Encoding = 0xC000 }, 0),
            new(Invalid, ErrorReason.UnknownSystemRegister, "target.encoding")),
            ["an encoding of more than 16 bits"] = (
            ReadSystem(0, new SystemRegisterTarget { Encoding = 0x1_C660 }),
            new(Invalid, ErrorReason.UnknownSystemRegister, "target.encoding")),
            ["a vCPU beyond the last"] = (
            ReadSystem(2, Guest.SystemRegister("ICC_IAR1_EL1")),
            new(Invalid, ErrorReason.OutOfRange, "vcpu") { Accepted = "0..1" }),
            ["a vCPU far beyond the last"] = (
            WriteSystem(uint.MaxValue, Guest.SystemRegister("ICC_PMR_EL1"), 0),
            new(Invalid, ErrorReason.OutOfRange, "vcpu") { Accepted = "0..1" }),
            ["memory that is not there"] = (
            ReadMemory(0, 1),
            new(StatusCode.OutOfRange, ErrorReason.NoMemory, "address") { Accepted = "0x40000000..0x4FFFFFFF" }),
            ["memory past the end of a region"] = (
            ReadMemory(GuestMap.RamBase + GuestMap.RamSizeBytes - 1, 2),
            new(StatusCode.OutOfRange, ErrorReason.NoMemory, "address")),
            ["memory before the start of a region"] = (
            WriteMemory(GuestMap.RamBase - 1, 2), new(StatusCode.OutOfRange, ErrorReason.NoMemory, "address")),
            ["memory around the end of the address space"] = (
            ReadMemory(ulong.MaxValue, 2), new(StatusCode.OutOfRange, ErrorReason.NoMemory, "address")),
            ["a read of no byte"] = (
            ReadMemory(GuestMap.RamBase, 0),
            new(Invalid, ErrorReason.OutOfRange, "length_bytes") { Accepted = "1.." }),
            ["a write of no byte"] = (
            WriteMemory(GuestMap.RamBase, 0), new(Invalid, ErrorReason.OutOfRange, "data") { Accepted = "1.." }),
            ["a read that is too large"] = (
            ReadMemory(GuestMap.RamBase, (1 << 20) + 1),
            new(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "length_bytes") { Accepted = "1048576" }),
            ["a write that is too large"] = (
            WriteMemory(GuestMap.RamBase, (1 << 20) + 1),
            new(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "data") { Accepted = "1048576" }),
            ["no message"] = (
            new SignalMsiRequest(), new(Invalid, ErrorReason.Required, "message")),
            ["an ITS without a number so large"] = (
            new SignalMsiRequest { Its = new ItsMsi { Its = 1 } },
            new(Invalid, ErrorReason.OutOfRange, "its.its") { Accepted = "0" }),
            ["a doorbell in no ITS"] = (
            new SignalMsiRequest { Doorbell = new DoorbellMsi { Address = GuestMap.RamBase, DeviceId = 1 } },
            new(Invalid, ErrorReason.NoDoorbell, "doorbell.address")
            {
                Accepted = "0x8080000..0x809FFFF",
                KvmErrno = 22,
            }),
            ["a doorbell behind the ITS"] = (
            new SignalMsiRequest
            {
                Doorbell = new DoorbellMsi { Address = GuestMap.ItsBase + 0x2_0000, DeviceId = 1 },
            },
            new(Invalid, ErrorReason.NoDoorbell, "doorbell.address") { KvmErrno = 22 }),
            ["a doorbell without a DeviceID"] = (
            new SignalMsiRequest { Doorbell = new DoorbellMsi { Address = GuestMap.Doorbell() } },
            new(Invalid, ErrorReason.DeviceIdRequired, "doorbell.device_id")
            {
                Accepted = "requester ID",
                KvmErrno = 22,
            }),
        };

    public static Task CallAsync(Guest guest, IMessage request)
    {
        switch (request)
        {
            case ReadRegisterRequest read:
                return guest.Api.ReadAsync(new ReadRegisterRequest(read) { Vm = guest.Name });
            case WriteRegisterRequest write:
                return guest.Api.WriteAsync(new WriteRegisterRequest(write) { Vm = guest.Name });
            case ReadSystemRegisterRequest read:
                return guest.Api.ReadSystemRegisterAsync(new ReadSystemRegisterRequest(read) { Vm = guest.Name });
            case WriteSystemRegisterRequest write:
                return guest.Api.WriteSystemRegisterAsync(new WriteSystemRegisterRequest(write) { Vm = guest.Name });
            case ReadMemoryRequest read:
                return guest.Api.ReadMemoryAsync(new ReadMemoryRequest(read) { Vm = guest.Name });
            case WriteMemoryRequest write:
                return guest.Api.WriteMemoryAsync(new WriteMemoryRequest(write) { Vm = guest.Name });
            default:
                return guest.Api.SignalMsiAsync(new SignalMsiRequest((SignalMsiRequest)request) { Vm = guest.Name });
        }
    }

    public static (string Kind, Access Access) ToAccess(IMessage request) => request switch
    {
        ReadRegisterRequest read => ("read", new Access
        {
            Read = new ReadAccess { Target = read.Target, SizeBytes = read.SizeBytes },
        }),
        WriteRegisterRequest write => ("write", new Access
        {
            Write = new WriteAccess { Target = write.Target, SizeBytes = write.SizeBytes, Value = write.Value },
        }),
        ReadSystemRegisterRequest read => ("read_system_register", new Access
        {
            ReadSystemRegister = new ReadSystemRegisterAccess { Vcpu = read.Vcpu, Target = read.Target },
        }),
        WriteSystemRegisterRequest write => ("write_system_register", new Access
        {
            WriteSystemRegister = new WriteSystemRegisterAccess
            {
                Vcpu = write.Vcpu,
                Target = write.Target,
                Value = write.Value,
            },
        }),
        ReadMemoryRequest read => ("read_memory", new Access
        {
            ReadMemory = new ReadMemoryAccess { Address = read.Address, LengthBytes = (uint)read.LengthBytes },
        }),
        WriteMemoryRequest write => ("write_memory", new Access
        {
            WriteMemory = new WriteMemoryAccess { Address = write.Address, Data = write.Data },
        }),
        _ => throw new ArgumentException("no access of a batch", nameof(request)),
    };

    public static RegisterTarget Offset(Frame frame, uint index, uint offset) =>
        new() { FrameOffset = new FrameOffset { Frame = frame, Index = index, Offset = offset } };

    public static ReadRegisterRequest Read(RegisterTarget? target, uint sizeBytes) =>
        new() { Target = target, SizeBytes = sizeBytes };

    public static WriteRegisterRequest Write(RegisterTarget target, uint sizeBytes, ulong value) =>
        new() { Target = target, SizeBytes = sizeBytes, Value = value };

    public static ReadSystemRegisterRequest ReadSystem(uint vcpu, SystemRegisterTarget? target) =>
        new() { Vcpu = vcpu, Target = target };

    public static WriteSystemRegisterRequest WriteSystem(uint vcpu, SystemRegisterTarget target, ulong value) =>
        new() { Vcpu = vcpu, Target = target, Value = value };

    public static ReadMemoryRequest ReadMemory(ulong address, ulong lengthBytes) =>
        new() { Address = address, LengthBytes = lengthBytes };

    public static WriteMemoryRequest WriteMemory(ulong address, int lengthBytes) =>
        new() { Address = address, Data = ByteString.CopyFrom(new byte[lengthBytes]) };
}
