using ItsService.Core.Identifiers;
using ItsService.Core.Translation;
using ItsService.Server.Machines;

namespace ItsService.Server.Accesses;

/// <summary>The four accesses to registers, inside the gate: a call makes one of them, a batch many.</summary>
internal static class RegisterAccesses
{
    public static ulong Read(VmContent vm, RegisterPlace place)
    {
        var result = vm.Gic.ReadRegister(place.Location, place.SizeBytes);
        AccessEnd.MustBeDone(result.Status);
        return result.Value;
    }

    /// <summary>What became of the message, when it was one.</summary>
    public static MsiResult? Write(VmContent vm, RegisterPlace place, ulong value, DeviceId? requester)
    {
        var result = vm.Gic.WriteRegister(place.Location, place.SizeBytes, value, requester);
        AccessEnd.MustBeDone(result.Status);
        return result.Msi;
    }

    /// <summary>The same as one of several, which run commands within one budget.</summary>
    public static MsiResult? Write(
        VmContent vm, RegisterPlace place, ulong value, DeviceId? requester, ref int commandBudget)
    {
        var result = vm.Gic.WriteRegister(place.Location, place.SizeBytes, value, requester, ref commandBudget);
        AccessEnd.MustBeDone(result.Status);
        return result.Msi;
    }

    public static ulong Read(VmContent vm, SystemRegisterPlace place)
    {
        var result = vm.Gic.ReadSystemRegister(place.Vcpu, place.Register);
        AccessEnd.MustBeDone(result.Status);
        return result.Value;
    }

    public static void Write(VmContent vm, SystemRegisterPlace place, ulong value)
    {
        var result = vm.Gic.WriteSystemRegister(place.Vcpu, place.Register, value);
        AccessEnd.MustBeDone(result.Status);
    }
}
