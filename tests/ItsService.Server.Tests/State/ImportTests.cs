using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.State;

/// <summary>A list of attributes that is imported: again, in any order, with the places that it tells.</summary>
public class ImportTests
{
    private const uint OneRegionForAll = 3;
    private const uint Region = 5;
    private const ulong FirstRegion = 0x0C00_0000;
    private const ulong SecondRegion = 0x0D00_0000;

    /// <summary>The answer to a call may get lost, and then nobody knows whether it was carried out.</summary>
    [Theory]
    [InlineData("LPIs are pending at several vCPUs")]
    [InlineData("an LPI is pending at two vCPUs")]
    [InlineData("two ITSs are busy")]
    public async Task Import_that_is_made_again_finds_what_is_pending_when(string guestName)
    {
        await using var server = await TestServer.StartAsync();
        var original = await SavedGuests.MakeAsync(guestName, server, server.Tcp);
        var exported = await server.Tcp.ExportAsync(original.Name);
        Assert.NotEqual(0u, exported.Summary.PendingLpis);
        var imported = await GoingOn.CopyAsync(original, "imported");
        var pendingTable = await imported.ReadMemoryAsync(GuestMap.PendingTable(0), 0x1_0000);

        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.Equal(exported.Summary, await server.Tcp.ImportAsync(imported.Name, exported.State));
            Assert.Equal(exported.State, (await ExportedElsewhereAsync(imported)).State);
        }

        Assert.Equal(pendingTable, await imported.ReadMemoryAsync(GuestMap.PendingTable(0), 0x1_0000));
    }

    /// <summary>Places, too: of two regions the second may come first, and registers before their frame.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task List_is_imported_in_any_order(int seed)
    {
        await using var server = await TestServer.StartAsync();
        var original = await SavedGuests.MakeAsync("two ITSs are busy", server, server.Tcp);
        var state = (await server.Tcp.ExportAsync(original.Name)).State;
        var list = state.Attributes.Where(value => !IsRegion(value.Attribute))
            .Append(RegionAt(1, SecondRegion)).Append(RegionAt(0, FirstRegion)).ToArray();
        new Random(seed).Shuffle(list);
        state.Attributes.Clear();
        state.Attributes.AddRange(list);
        var spec = (await original.DescribeAsync()).Spec;
        var bare = new VmSpec { Vcpus = { spec.Vcpus }, Its = { new ItsUnit(), new ItsUnit() } };
        bare.MemoryRegions.AddRange(spec.MemoryRegions);
        await server.Tcp.CreateVmAsync(new CreateVmRequest { VmId = "bare", Spec = bare, StartPaused = true });
        var imported = new Guest(server.Tcp, "vms/bare");
        await GoingOn.CopyMemoryAsync(original, imported, itsCount: 2);

        await server.Tcp.ImportAsync(imported.Name, state);

        Assert.Equal(
            [(FirstRegion, 1u), (SecondRegion, 1u)],
            (await imported.DescribeAsync()).Spec.RedistributorRegions.Select(region => (region.Base, region.Count)));
        Assert.Equal(await original.DumpAsync(), await imported.DumpAsync());
    }

    [Fact]
    public async Task Region_that_lies_elsewhere_is_told_with_its_place()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await SavedGuests.MakeAsync("nothing is set up", server, server.Tcp);
        var state = (await server.Tcp.ExportAsync(guest.Name)).State;
        var place = (await guest.DescribeAsync()).Spec.RedistributorRegions[0].Base;
        state.Attributes.Single(value => IsRegion(value.Attribute)).Value += 0x1000_0000;

        var refusal = await Refusal.OfAsync(() => server.Tcp.ImportAsync(guest.Name, state));

        Assert.Equal((ErrorReason.AlreadyPlaced, 17u), (refusal.Detail.Reason, refusal.Detail.KvmErrno));
        Assert.EndsWith(".value", refusal.Detail.Field, StringComparison.Ordinal);
        Assert.Contains($"0x{place:X}", refusal.Detail.Message, StringComparison.Ordinal);
    }

    /// <summary>A list says by REDIST that all lie one behind the other.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_region_for_all_is_the_vms_only_if_all_lie_there(bool isOne)
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec(vcpuCount: 2);
        spec.RedistributorRegions.Clear();
        spec.RedistributorRegions.Add(new RedistributorRegion { Base = FirstRegion, Count = isOne ? 2u : 1 });
        if (!isOne)
        {
            spec.RedistributorRegions.Add(new RedistributorRegion { Base = SecondRegion, Count = 1 });
        }

        var vm = await server.Tcp.CreateVmAsync(
            new CreateVmRequest { VmId = "guest", Spec = spec, StartPaused = true });
        var list = new ExportedState
        {
            Attributes =
            {
                new AttributeValue { Attribute = new DeviceAttribute { Attr = OneRegionForAll }, Value = FirstRegion },
            },
        };

        if (isOne)
        {
            await server.Tcp.ImportAsync(vm.Name, list);
            return;
        }

        var refusal = await Refusal.OfAsync(() => server.Tcp.ImportAsync(vm.Name, list));
        Assert.Equal(ErrorReason.AlreadyPlaced, refusal.Detail.Reason);
        Assert.Contains($"0x{SecondRegion:X}", refusal.Detail.Message, StringComparison.Ordinal);
    }

    /// <summary>The service's trouble, and no mistake of the guest's, for which one would look in its tables.</summary>
    [Fact]
    public async Task Hosted_memory_that_is_used_up_is_told_as_that_by_saves()
    {
        await using var server = await TestServer.StartAsync(
            options => options.Limits.HostedMemoryBytesPerVmMax = 1 << 20);
        var guest = await Guest.BootAsync(server.Tcp, "guest", queuePages: 1);
        await guest.MapDeviceAsync(device: 1, eventCount: 4, firstLpi: 8192);
        await server.Tcp.PauseAsync(guest.Name);
        var page = new byte[4096];
        page.AsSpan().Fill(0xFF);
        var written = 0UL;
        var full = await Refusal.OfAsync(async () =>
        {
            for (; ; written += 4096)
            {
                await guest.WriteMemoryAsync(GuestMap.DataArea + written, ByteString.CopyFrom(page));
            }
        });
        Assert.Equal((StatusCode.ResourceExhausted, ErrorReason.LimitExceeded), (full.Code, full.Detail.Reason));

        var saved = await Refusal.OfAsync(() => server.Tcp.SaveAsync(guest.Name));
        var ordered = await Refusal.OfAsync(() => server.Tcp.SetAttributeAsync(new SetAttributeRequest
        {
            Vm = guest.Name,
            Attribute = new DeviceAttribute { Its = 0, Group = 4, Attr = 1 },
        }));

        foreach (var (refusal, accepted) in new[] { (saved, "a save with omit_tables set"), (ordered, "") })
        {
            new Expected(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "its[0].device[0x1]")
            {
                Resource = guest.Name,
                Accepted = accepted,
            }.AssertMet(refusal);
            Assert.Contains("used up", refusal.Detail.Message, StringComparison.Ordinal);
        }

        await server.Tcp.SaveAsync(new SaveRequest { Vm = guest.Name, OmitTables = true });
    }

    /// <summary>An export writes tables, so that it is done to a copy.</summary>
    private static async Task<ExportResponse> ExportedElsewhereAsync(Guest guest)
    {
        var copy = await GoingOn.CopyAsync(guest, "copy");
        var blob = (await guest.Api.SaveAsync(new SaveRequest { Vm = guest.Name, OmitTables = true })).Blob;
        await guest.Api.RestoreAsync(copy.Name, blob);
        var exported = await guest.Api.ExportAsync(copy.Name);
        await guest.Api.DeleteVmAsync(copy.Name);
        return exported;
    }

    private static bool IsRegion(DeviceAttribute attribute) =>
        !attribute.HasIts && attribute is { Group: 0, Attr: Region };

    /// <summary>63:52 count, 51:16 base, 11:0 index.</summary>
    private static AttributeValue RegionAt(uint index, ulong start) => new()
    {
        Attribute = new DeviceAttribute { Attr = Region },
        Value = (1UL << 52) | start | index,
    };
}
