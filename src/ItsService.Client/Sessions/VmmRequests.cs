using Grpc.Core;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Client.Sessions;

/// <summary>Makes requests of what callers ask for, and exceptions of answers that refuse.</summary>
internal static class VmmRequests
{
    public static VmmRequest Read(RegisterPlace place, AccessSize size) =>
        new() { Read = new ReadAccess { Target = place.Target, SizeBytes = size.Bytes } };

    public static VmmRequest Write(RegisterPlace place, AccessSize size, ulong value, DeviceId? device)
    {
        var access = new WriteAccess { Target = place.Target, SizeBytes = size.Bytes, Value = value };
        if (device is { } writer)
        {
            access.DeviceId = writer.Value;
        }

        return new VmmRequest { Write = access };
    }

    public static VmmRequest Read(VcpuIndex vcpu, SystemRegisterId register) =>
        new() { ReadSystemRegister = new ReadSystemRegisterAccess { Vcpu = vcpu.Value, Target = register.Target } };

    public static VmmRequest Write(VcpuIndex vcpu, SystemRegisterId register, ulong value) => new()
    {
        WriteSystemRegister = new WriteSystemRegisterAccess
        {
            Vcpu = vcpu.Value,
            Target = register.Target,
            Value = value,
        },
    };

    public static VmmRequest Levels(IEnumerable<LineLevel> levels) =>
        new() { Levels = new LevelList { Levels = { levels } } };

    public static VmmRequest Message(ItsIndex its, DeviceId device, EventId eventId)
    {
        var message = new ItsMsi { Its = its.Value, DeviceId = device.Value, EventId = eventId.Value };
        return new VmmRequest { Msis = new MsiList { Msis = { new Msi { Its = message } } } };
    }

    public static VmmRequest Message(GuestAddress doorbell, DeviceId device, EventId eventId)
    {
        var message = new DoorbellMsi { Address = doorbell.Value, Data = eventId.Value, DeviceId = device.Value };
        return new VmmRequest { Msis = new MsiList { Msis = { new Msi { Doorbell = message } } } };
    }

    /// <summary>The answer, if it is none that refuses.</summary>
    /// <exception cref="ItsServiceException">The service refused the request.</exception>
    public static VmmAnswer Checked(VmmAnswer answer) => answer.Error is { } error
        ? throw new ItsServiceException(
            (StatusCode)error.Code, error.Message, [.. error.Details], isUnreachable: false, inner: null)
        : answer;

    /// <summary>The bytes of a request, or of its answer, where one of them may be large.</summary>
    public static long LargeBytesOf(VmmRequest request) =>
        Math.Max(MemoryBytesOf(request), IsOfAnySize(request) ? request.CalculateSize() : 0);

    /// <summary>Whether it has as many parts, or as many bytes, as its maker likes.</summary>
    public static bool IsOfAnySize(VmmRequest request) => request.KindCase is VmmRequest.KindOneofCase.WriteMemory
        or VmmRequest.KindOneofCase.Batch or VmmRequest.KindOneofCase.Levels or VmmRequest.KindOneofCase.Msis;

    private static long MemoryBytesOf(VmmRequest request) => request.KindCase switch
    {
        VmmRequest.KindOneofCase.ReadMemory => (long)Math.Min(request.ReadMemory.LengthBytes, int.MaxValue),
        VmmRequest.KindOneofCase.Batch => request.Batch.Accesses.Sum(
            access => (long)Math.Min(access.ReadMemory?.LengthBytes ?? 0, int.MaxValue)),
        _ => 0,
    };
}
