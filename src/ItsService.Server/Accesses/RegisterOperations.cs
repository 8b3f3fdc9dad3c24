using ItsService.Core.Identifiers;
using ItsService.Server.Machines;
using ItsService.Server.Msis;

namespace ItsService.Server.Accesses;

/// <summary>A guest's read of a memory-mapped register.</summary>
internal readonly struct ReadRegisterOperation(RegisterPlace place) : IVmOperation<V1.ReadRegisterResponse>
{
    public V1.ReadRegisterResponse Run(VmContent vm)
    {
        var response = new V1.ReadRegisterResponse { Value = RegisterAccesses.Read(vm, place) };
        vm.Lines.Drain(response.ChangedLines);
        return response;
    }
}

/// <summary>A guest's or a device's write of a memory-mapped register.</summary>
/// <param name="place">The register.</param>
/// <param name="value">What is written.</param>
/// <param name="requester">The device; null for a vCPU.</param>
/// <param name="arrivedAt">When a device's had been read; 0 where nobody measures.</param>
internal readonly struct WriteRegisterOperation(
    RegisterPlace place, ulong value, DeviceId? requester, long arrivedAt)
    : IVmOperation<V1.WriteRegisterResponse>
{
    public V1.WriteRegisterResponse Run(VmContent vm)
    {
        var message = RegisterAccesses.Write(vm, place, value, requester, arrivedAt);
        var response = new V1.WriteRegisterResponse { Msi = MsiAnswer.ToWire(message) };
        vm.Lines.Drain(response.ChangedLines);
        return response;
    }
}

/// <summary>A vCPU's read of a system register; of ICC_IAR1_EL1, an acknowledge.</summary>
internal readonly struct ReadSystemRegisterOperation(SystemRegisterPlace place)
    : IVmOperation<V1.ReadSystemRegisterResponse>
{
    public V1.ReadSystemRegisterResponse Run(VmContent vm)
    {
        var response = new V1.ReadSystemRegisterResponse { Value = RegisterAccesses.Read(vm, place) };
        vm.Lines.Drain(response.ChangedLines);
        return response;
    }
}

/// <summary>A vCPU's write of a system register.</summary>
internal readonly struct WriteSystemRegisterOperation(SystemRegisterPlace place, ulong value)
    : IVmOperation<V1.WriteSystemRegisterResponse>
{
    public V1.WriteSystemRegisterResponse Run(VmContent vm)
    {
        RegisterAccesses.Write(vm, place, value);
        var response = new V1.WriteSystemRegisterResponse();
        vm.Lines.Drain(response.ChangedLines);
        return response;
    }
}
