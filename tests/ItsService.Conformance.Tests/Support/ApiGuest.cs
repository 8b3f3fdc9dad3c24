using ItsService.Core.Profiles;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using Guest = ItsService.Server.Tests.Guests.Guest;

namespace ItsService.Conformance.Tests.Support;

/// <summary>
/// A guest on a running server, for what only the API tells: KVM's return value of a message, its error numbers, and
/// callers at the same time. Its collections have the numbers of their vCPUs.
/// </summary>
internal sealed class ApiGuest : IAsyncDisposable
{
    public const uint Device = 6;
    public const uint Lpi = 8192;
    public const uint VcpuCount = 4;
    public const uint Spurious = 1023;

    private readonly TestServer _server;

    private ApiGuest(TestServer server, Guest guest)
    {
        _server = server;
        Guest = guest;
    }

    public Guest Guest { get; }

    public Api Api => _server.Tcp;

    /// <summary>One device with events from 0 on, whose LPIs from <see cref="Lpi"/> on go to vCPU 0.</summary>
    public static async Task<ApiGuest> StartAsync(GicProfile profile, uint eventCount = 1)
    {
        var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec((int)VcpuCount);
        spec.Profile = profile.Name == GicProfiles.Kvm.Name ? Profile.Kvm : Profile.Qemu;
        var guest = await Guest.CreateAsync(server.Tcp, "conformance", spec);
        await guest.SetUpLpisAsync(VcpuCount);
        await guest.SetUpItsAsync();
        await guest.RunAsync([.. Enumerable.Range(0, (int)VcpuCount)
            .Select(vcpu => ItsCommand.MapCollection((uint)vcpu, (uint)vcpu))]);
        await guest.MapDeviceAsync(Device, eventCount, Lpi);
        return new ApiGuest(server, guest);
    }

    public async Task<SignalMsiResult> SignalAsync(uint device, uint eventId) =>
        (await Guest.SignalAsync(device, eventId)).Result;

    /// <summary>A message by the address that a device writes.</summary>
    public async Task<SignalMsiResult> SignalToAsync(ulong address, uint eventId) =>
        (await Api.SignalMsiAsync(ToAddress(address, eventId))).Result;

    public SignalMsiRequest ToAddress(ulong address, uint eventId, uint? device = Device)
    {
        var message = new DoorbellMsi { Address = address, Data = eventId };
        if (device is { } known)
        {
            message.DeviceId = known;
        }

        return new SignalMsiRequest { Vm = Guest.Name, Doorbell = message };
    }

    /// <summary>The vCPU can take the LPI once, then nothing.</summary>
    public async Task AssertDeliveredAsync(uint lpi, uint vcpu = 0)
    {
        Assert.Equal(lpi, await Guest.AcknowledgeAsync(vcpu));
        await Guest.EndAsync(vcpu, lpi);
        await AssertNothingDeliveredAsync();
    }

    public async Task AssertNothingDeliveredAsync()
    {
        for (var vcpu = 0u; vcpu < VcpuCount; vcpu++)
        {
            Assert.Equal(Spurious, await Guest.AcknowledgeAsync(vcpu));
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
