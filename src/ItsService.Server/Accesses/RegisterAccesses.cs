using ItsService.Core;
using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Translation;
using ItsService.Server.Machines;
using ItsService.Server.Telemetry;

namespace ItsService.Server.Accesses;

/// <summary>The four accesses to registers, inside the gate: a call makes one of them, a batch many.</summary>
internal static class RegisterAccesses
{
    public static ulong Read(VmContent vm, RegisterPlace place)
    {
        var result = vm.Gic.ReadRegister(place.Location, place.SizeBytes);
        AccessEnd.MustBeDone(result.Status, result.Missing);
        return result.Value;
    }

    /// <summary>What became of the message, when it was one.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="place">The register.</param>
    /// <param name="value">What is written.</param>
    /// <param name="requester">The device; null for a vCPU.</param>
    /// <param name="arrivedAt">When a device's had been read; 0 where nobody measures.</param>
    public static MsiResult? Write(
        VmContent vm, RegisterPlace place, ulong value, DeviceId? requester, long arrivedAt)
    {
        var budget = vm.Shape.InlineCommandsMax;
        var beganAt = requester is null ? 0 : vm.Telemetry.BeginInjection();
        var message = Write(vm, place, value, requester, ref budget);
        if (message is { } measured)
        {
            vm.Telemetry.EndInjection(InjectionPath.Doorbell, InjectionTally.Of(measured), arrivedAt, beganAt);
        }

        return message;
    }

    /// <summary>The same as one of several, which run commands within one budget.</summary>
    public static MsiResult? Write(
        VmContent vm, RegisterPlace place, ulong value, DeviceId? requester, ref int commandBudget)
    {
        if (vm.Memory.HasRemote)
        {
            return WriteBesideRemoteMemory(vm, place, value, requester, ref commandBudget);
        }

        var result = vm.Gic.WriteRegister(place.Location, place.SizeBytes, value, requester, ref commandBudget);
        AccessEnd.MustBeDone(result.Status, result.Missing);
        return result.Msi;
    }

    // While memory is brought for waiting commands they run nowhere else, and never with what was brought for something
    // else. Where they, or their queue, are not the same any more it is brought anew.
    private static MsiResult? WriteBesideRemoteMemory(
        VmContent vm, RegisterPlace place, ulong value, DeviceId? requester, ref int commandBudget)
    {
        var before = CommandsOf(vm, place);
        var noBudget = 0;
        var isOthersMemory = vm.IsFetchingForCommands || vm.Memory.Remote.Fetched is not null;
        ref var budget = ref isOthersMemory ? ref noBudget : ref commandBudget;
        var result = vm.Gic.WriteRegister(place.Location, place.SizeBytes, value, requester, ref budget);
        AccessEnd.MustBeDone(result.Status, result.Missing);
        var after = CommandsOf(vm, place);
        if (before.LengthBytes > 0 && (after.Start != before.Start || after.LengthBytes < before.LengthBytes))
        {
            vm.Memory.Remote.Forget();
        }

        return result.Msi;
    }

    // What waits at the ITS whose frame a place is in; empty where it is in none.
    private static GuestRange CommandsOf(VmContent vm, RegisterPlace place) =>
        place.Location.Frame == FrameKind.Gits ? vm.Gic.WaitingCommands(place.Location.Index) : default;

    public static ulong Read(VmContent vm, SystemRegisterPlace place)
    {
        var result = vm.Gic.ReadSystemRegister(place.Vcpu, place.Register);
        AccessEnd.MustBeDone(result.Status, result.Missing);
        if (place.Register == SystemRegister.IccIar1)
        {
            vm.Telemetry.NoteAcknowledged(new IntId((uint)result.Value));
        }

        return result.Value;
    }

    public static void Write(VmContent vm, SystemRegisterPlace place, ulong value)
    {
        var result = vm.Gic.WriteSystemRegister(place.Vcpu, place.Register, value);
        AccessEnd.MustBeDone(result.Status, result.Missing);
    }
}
