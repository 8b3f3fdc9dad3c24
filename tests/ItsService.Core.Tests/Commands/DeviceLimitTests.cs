using ItsService.Core.Commands;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Commands;

/// <summary>A VM maps no more devices than its configuration allows, however many ITSs it has.</summary>
public class DeviceLimitTests
{
    private static readonly GuestOptions TwoDevices = new() { MappedDevicesMax = 2, ItsCount = 2 };

    [Fact]
    public void Mapd_beyond_the_device_limit_is_refused_until_a_device_goes()
    {
        var guest = Guest.Started(TwoDevices);
        guest.Run(GuestCommand.Mapd(0, 8, Places.Itt(0)));
        guest.RunOn(1, GuestCommand.Mapd(0, 8, Places.Itt(0, 1)));
        guest.Run(GuestCommand.Mapd(1, 8, Places.Itt(1)));
        Assert.Equal([CommandError.MappingLimit], guest.TakeErrors());
        Assert.Single(guest.Gic.Inspection.Devices(0));

        guest.RunOn(1, GuestCommand.MapdUnmap(0));
        guest.Run(GuestCommand.Mapd(1, 8, Places.Itt(1)), GuestCommand.Mapd(2, 8, Places.Itt(2)));

        Assert.Equal([CommandError.MappingLimit], guest.TakeErrors());
        Assert.Equal([0u, 1u], guest.Gic.Inspection.Devices(0).Select(device => device.Device.Value));
    }

    [Fact]
    public void A_mapped_device_is_mapped_anew_at_the_limit()
    {
        var guest = Guest.Started(TwoDevices);
        guest.Run(
            GuestCommand.Mapd(0, 8, Places.Itt(0)),
            GuestCommand.Mapd(1, 8, Places.Itt(1)),
            GuestCommand.Mapd(0, 16, Places.Itt(0)));

        Assert.Empty(guest.TakeErrors());
        Assert.Equal([16, 8], guest.Gic.Inspection.Devices(0).Select(device => device.EventIdBits));
    }
}
