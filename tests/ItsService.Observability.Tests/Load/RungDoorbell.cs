using ItsService.Client;
using ItsService.Client.Identifiers;

namespace ItsService.Observability.Tests.Load;

/// <summary>A guest in memory that the service holds, whose device writes to the doorbell by itself.</summary>
internal static class RungDoorbell
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);
    private static readonly VcpuIndex Vcpu = new(0);
    private static readonly RegisterPlace Doorbell = RegisterPlace.At(new GuestAddress(Guest.Doorbell));

    public static async Task StartAsync(ItsClient client, Loops loops)
    {
        var vm = await Guest.BootAsync(client, "doorbell");
        loops.Start("doorbell", Pause, async _ =>
        {
            await vm.WriteRegisterAsync(Doorbell, AccessSize.Word, 0, Guest.Device, loops.Ending);
            var taken = await vm.ReadSystemRegisterAsync(Vcpu, SystemRegisterId.IccIar1, loops.Ending);
            await vm.WriteSystemRegisterAsync(Vcpu, SystemRegisterId.IccEoir1, taken.Value, loops.Ending);
        });
    }
}
