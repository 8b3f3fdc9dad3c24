using Grpc.Core;
using ItsService.Server.Errors;
using ItsService.Server.Machines;
using ItsService.Server.Memory;

namespace ItsService.Server.State;

/// <summary>What a VM is besides its controller's state, at the same instant: enough to make it again.</summary>
/// <param name="Spec">The completed spec, with the places that frames have by now.</param>
/// <param name="HasOneRegionForAll">Whether the redistributors were given one region for all of them.</param>
/// <param name="Memory">The pages of guest memory.</param>
internal sealed record SavedMachine(V1.VmSpec Spec, bool HasOneRegionForAll, MemoryImage Memory)
{
    /// <summary>Takes it, inside the gate; refuses where the room has become too small for the memory.</summary>
    public static SavedMachine Of(VmContent vm, string vmName, CopyRoom room) => new(
        vm.Spec,
        vm.HasOneRegionForAll,
        vm.Memory.Hosted.TryTakeImage(room) ?? throw NoRoom(vm, vmName));

    /// <summary>Room for the copy of the memory, before anything is changed; refuses where there is none.</summary>
    public static CopyRoom RoomFor(VmContent vm, string vmName) =>
        vm.Memory.Hosted.TryTakeRoom() ?? throw NoRoom(vm, vmName);

    private static RpcException NoRoom(VmContent vm, string vmName) =>
        Refusal.Of(vmName, vm.Memory.Hosted.NoRoomForCopy());
}
