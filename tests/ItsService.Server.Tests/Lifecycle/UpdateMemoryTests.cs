using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Lifecycle;

public class UpdateMemoryTests
{
    private const ulong AddedBase = 0x8000_0000;
    private static readonly ByteString Mark = ByteString.CopyFromUtf8("marked");

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Added_region_holds_zeros_and_what_is_written(Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server[transport], "grows");

        var vm = await guest.Api.UpdateMemoryAsync(Add(guest, AddedBase, 0x1000));

        Assert.Equal([GuestMap.RamBase, AddedBase], vm.Spec.MemoryRegions.Select(region => region.Base));
        Assert.Equal(vm, await guest.DescribeAsync());
        Assert.Equal(new byte[0x1000], await guest.ReadMemoryAsync(AddedBase, 0x1000));
        await guest.WriteMemoryAsync(AddedBase + 0x1000 - 6, Mark);
        Assert.Equal(Mark, await guest.ReadMemoryAsync(AddedBase + 0x1000 - 6, 6));
    }

    [Fact]
    public async Task Removed_region_is_gone_with_what_it_held()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "shrinks");
        await guest.WriteMemoryAsync(GuestMap.RamBase, Mark);

        var vm = await guest.Api.UpdateMemoryAsync(Remove(guest, GuestMap.RamBase));

        Assert.Empty(vm.Spec.MemoryRegions);
        var refusal = await Refusal.OfAsync(() => guest.ReadMemoryAsync(GuestMap.RamBase, 1));
        Assert.Equal((StatusCode.OutOfRange, ErrorReason.NoMemory), (refusal.Code, refusal.Detail.Reason));
    }

    [Fact]
    public async Task Removal_comes_before_addition_in_one_call()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "replaces");
        await guest.WriteMemoryAsync(GuestMap.RamBase, Mark);

        var request = Add(guest, GuestMap.RamBase, 0x2000);
        request.RemoveBases.Add(GuestMap.RamBase);
        var vm = await guest.Api.UpdateMemoryAsync(request);

        Assert.Equal(0x2000u, Assert.Single(vm.Spec.MemoryRegions).SizeBytes);
        Assert.Equal(new byte[6], await guest.ReadMemoryAsync(GuestMap.RamBase, 6));
    }

    [Fact]
    public async Task Refused_update_changes_no_region()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "steady");
        await guest.WriteMemoryAsync(GuestMap.RamBase, Mark);
        var before = await guest.DescribeAsync();
        var request = Remove(guest, GuestMap.RamBase);
        request.AddRegions.Add(GuestMap.Region(AddedBase, 0x1000));
        request.AddRegions.Add(GuestMap.Region(GuestMap.ItsBase, 0x1000));

        var refusal = await Refusal.OfAsync(() => guest.Api.UpdateMemoryAsync(request));

        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        Assert.Contains(refusal.Details, detail =>
            detail is { Reason: ErrorReason.Overlap, Field: "add_regions[1].base" });
        Assert.Equal(before, await guest.DescribeAsync());
        Assert.Equal(Mark, await guest.ReadMemoryAsync(GuestMap.RamBase, 6));
    }

    [Fact]
    public async Task Removal_of_what_is_no_base_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "exact");
        var request = Remove(guest, GuestMap.RamBase);
        request.RemoveBases.Add(GuestMap.RamBase + 0x1000);

        var refusal = await Refusal.OfAsync(() => guest.Api.UpdateMemoryAsync(request));

        Assert.Equal(ErrorReason.NoMemory, refusal.Detail.Reason);
        Assert.Equal("remove_bases[1]", refusal.Detail.Field);
        Assert.Equal(guest.Name, refusal.Detail.Resource);
        Assert.Single((await guest.DescribeAsync()).Spec.MemoryRegions);
    }

    [Fact]
    public async Task Region_added_while_paused_serves_after_resume()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "paused");
        await guest.Api.PauseAsync(guest.Name);

        var vm = await guest.Api.UpdateMemoryAsync(Add(guest, AddedBase, 0x1000));
        await guest.WriteMemoryAsync(AddedBase, Mark);
        await guest.Api.ResumeAsync(guest.Name);

        Assert.Equal(VmState.Paused, vm.State);
        Assert.Equal(Mark, await guest.ReadMemoryAsync(AddedBase, 6));
    }

    [Fact]
    public async Task Access_may_cross_from_one_region_into_the_next()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "seam");
        const ulong Seam = GuestMap.RamBase + GuestMap.RamSizeBytes;
        await guest.Api.UpdateMemoryAsync(Add(guest, Seam, 0x1000));

        await guest.WriteMemoryAsync(Seam - 3, Mark);

        Assert.Equal(Mark, await guest.ReadMemoryAsync(Seam - 3, 6));
        Assert.Equal(Mark.Span[3..].ToArray(), await guest.ReadMemoryAsync(Seam, 3));
    }

    [Fact]
    public async Task Commands_are_fetched_from_an_added_region()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.MemoryRegions.Clear();
        var guest = await Guest.CreateAsync(server.Tcp, "late-ram", spec);
        await guest.Api.UpdateMemoryAsync(Add(guest, GuestMap.RamBase, GuestMap.RamSizeBytes));

        await guest.SetUpLpisAsync(vcpuCount: 2);
        await guest.SetUpItsAsync();
        await guest.RunAsync(ItsCommand.MapCollection(0, 1), ItsCommand.Sync(1));
        await guest.MapDeviceAsync(device: 3, eventCount: 1, firstLpi: 9000);

        Assert.Equal(MsiOutcome.Pended, (await guest.SignalAsync(3, 0)).Result.Outcome);
        Assert.Equal(9000u, await guest.AcknowledgeAsync(vcpu: 1));
    }

    private static UpdateMemoryRequest Add(Guest guest, ulong regionBase, ulong sizeBytes) => new()
    {
        Name = guest.Name,
        AddRegions = { GuestMap.Region(regionBase, sizeBytes) },
    };

    private static UpdateMemoryRequest Remove(Guest guest, ulong regionBase) =>
        new() { Name = guest.Name, RemoveBases = { regionBase } };
}
