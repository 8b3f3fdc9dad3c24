using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using Guest = ItsService.Server.Tests.Guests.Guest;

namespace ItsService.Conformance.Tests.Cases;

/// <summary>
/// What userspace sets of a controller piece by piece, CreateVm takes at once: the parts of such cases that it shows.
/// </summary>
internal static class CreationCases
{
    private const int VcpuCount = 4;
    private const uint InvalidArgument = 22;
    private const string LinesField = "spec.custom.int_id_lines";

    public static Task TooFewRedistributors() => AssertRefusedAsync(
        spec => spec.RedistributorRegions[0].Count = VcpuCount - 1,
        ErrorReason.OutOfRange, "spec.redistributor_regions");

    public static Task DistributorOverRedistributors() => AssertRefusedAsync(
        spec => (spec.RedistributorRegions[0].Base, spec.DistributorBase) = (0, 0x7_0000),
        ErrorReason.Overlap, "spec.redistributor_regions[0].base", InvalidArgument);

    public static async Task NumbersOfIntIds()
    {
        await AssertRefusedAsync(spec => SetLines(spec, 63), ErrorReason.OutOfRange, LinesField);
        await AssertRefusedAsync(spec => SetLines(spec, 65), ErrorReason.OutOfRange, LinesField);
        await AssertRefusedAsync(spec => SetLines(spec, 1056), ErrorReason.OutOfRange, LinesField);
        await AssertLinesAreTakenAsync(64);
        await AssertLinesAreTakenAsync(992);
    }

    public static async Task RedistributorsWithoutRegion()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec(VcpuCount);
        spec.RedistributorRegions.Clear();
        var guest = await Guest.CreateAsync(server.Tcp, "open", spec);
        for (var vcpu = 0u; vcpu < VcpuCount; vcpu++)
        {
            Assert.Equal((vcpu * 0x100) + 1, await guest.ReadAsync("GICR_TYPER", vcpu) & uint.MaxValue);
        }
    }

    /// <summary>GICD_TYPER.ITLinesNumber tells the number.</summary>
    private static async Task AssertLinesAreTakenAsync(uint lines)
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec(VcpuCount);
        SetLines(spec, lines);
        var guest = await Guest.CreateAsync(server.Tcp, "lines", spec);
        Assert.Equal((lines / 32) - 1, await guest.ReadAsync("GICD_TYPER") & 0x1F);
    }

    private static void SetLines(VmSpec spec, uint lines)
    {
        spec.Profile = Profile.Custom;
        spec.Custom = new ProfileOverrides { IntIdLines = lines };
    }

    private static async Task AssertRefusedAsync(
        Action<VmSpec> spoil, ErrorReason reason, string field, uint? errno = null)
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec(VcpuCount);
        spoil(spec);
        var refusal = await Refusal.OfAsync(() => server.Tcp.CreateVmAsync("refused", spec));
        new Expected(StatusCode.InvalidArgument, reason, field)
        {
            Resource = "vms/refused",
            KvmErrno = errno,
        }.AssertMet(refusal);
        Assert.Empty((await server.Tcp.ListVmsAsync()).Vms);
    }
}
