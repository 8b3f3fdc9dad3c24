using ItsService.Server.Tests.Refusals;
using Guest = ItsService.Server.Tests.Guests.Guest;

namespace ItsService.Conformance.Tests.Support;

/// <summary>KVM's error numbers, as Linux numbers them, and calls that end with one.</summary>
internal static class Kvm
{
    public const uint Enoent = 2;
    public const uint Enxio = 6;
    public const uint E2Big = 7;
    public const uint Ebusy = 16;
    public const uint Eexist = 17;
    public const uint Enodev = 19;
    public const uint Einval = 22;

    public static async Task AssertErrnoAsync(this Guest guest, uint errno, Func<Guest, Task> call)
    {
        var detail = (await Refusal.OfAsync(() => call(guest))).Detail;
        Assert.True(detail.HasKvmErrno, $"no error number of KVM: {detail.Message}");
        Assert.Equal(errno, detail.KvmErrno);
    }

    public static Task AssertErrnoAsync(this ApiGuest guest, uint errno, Func<Guest, Task> call) =>
        guest.Guest.AssertErrnoAsync(errno, call);
}
