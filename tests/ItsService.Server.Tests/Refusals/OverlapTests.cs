using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Refusals;

/// <summary>Frames and memory regions that lie on one another, by one byte or wholly; both fields are named.</summary>
public class OverlapTests
{
    private static readonly Dictionary<string, (Action<VmSpec> Spoil, string First, string Second)> Cases = new()
    {
        ["distributor and ITS"] = (
            spec => spec.DistributorBase = GuestMap.ItsBase + 0x1_0000, "spec.distributor_base", "spec.its[0].base"),
        ["distributor and redistributors"] = (
            spec => spec.DistributorBase = GuestMap.RedistributorBase + 0x3_0000,
            "spec.distributor_base", "spec.redistributor_regions[0]"),
        ["ITS and redistributors"] = (
            spec => spec.Its[0].Base = GuestMap.RedistributorBase - 0x1_0000,
            "spec.its[0].base", "spec.redistributor_regions[0]"),
        ["two ITSs"] = (
            spec => spec.Its.Add(new ItsUnit { Base = GuestMap.ItsBase + 0x1_0000 }),
            "spec.its[0].base", "spec.its[1].base"),
        ["two equal ITSs"] = (
            spec => spec.Its.Add(new ItsUnit { Base = GuestMap.ItsBase }), "spec.its[0].base", "spec.its[1].base"),
        ["two redistributor regions"] = (
            spec =>
            {
                spec.RedistributorRegions[0].Count = 1;
                spec.RedistributorRegions.Add(
                    new RedistributorRegion { Base = GuestMap.RedistributorBase + 0x1_0000, Count = 1 });
            },
            "spec.redistributor_regions[0]", "spec.redistributor_regions[1]"),
        ["distributor and memory"] = (
            spec => spec.DistributorBase = GuestMap.RamBase, "spec.distributor_base", "spec.memory_regions[0]"),
        ["redistributors and the first page of memory"] = (
            spec => spec.RedistributorRegions[0].Base = GuestMap.RamBase - 0x3_0000,
            "spec.redistributor_regions[0]", "spec.memory_regions[0]"),
        ["ITS's last pages and memory"] = (
            spec => spec.MemoryRegions[0] =
                GuestMap.Region(GuestMap.ItsBase + 0x1_F000 - 0x1000, 0x10_0000),
            "spec.its[0].base", "spec.memory_regions[0]"),
        ["two memory regions by one page"] = (
            spec => spec.MemoryRegions.Add(GuestMap.Region(GuestMap.RamBase + GuestMap.RamSizeBytes - 0x1000, 0x2000)),
            "spec.memory_regions[0]", "spec.memory_regions[1]"),
        ["a memory region inside another"] = (
            spec => spec.MemoryRegions.Add(GuestMap.Region(GuestMap.RamBase + 0x5000, 0x1000)),
            "spec.memory_regions[0]", "spec.memory_regions[1]"),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public async Task Create_with_overlapping_frames_names_both_fields(string overlap)
    {
        await using var server = await TestServer.StartAsync();
        var (spoil, first, second) = Cases[overlap];
        var spec = GuestMap.Spec();
        spoil(spec);

        var refusal = await Refusal.OfAsync(() => server.Tcp.CreateVmAsync("guest", spec));

        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        Assert.All(refusal.Details, detail => Assert.Equal(ErrorReason.Overlap, detail.Reason));
        var told = string.Join(
            '\n', refusal.Details.Select(detail => $"{detail.Field} {detail.Accepted}").Append(refusal.Message));
        Assert.Contains(first, told, StringComparison.Ordinal);
        Assert.Contains(second, told, StringComparison.Ordinal);
        Assert.Contains(refusal.Details, detail =>
            detail.Field.StartsWith(first, StringComparison.Ordinal)
            || detail.Field.StartsWith(second, StringComparison.Ordinal));
        Assert.Empty((await server.Tcp.ListVmsAsync()).Vms);
    }

    [Fact]
    public async Task Frames_and_regions_that_touch_do_not_overlap()
    {
        await using var server = await TestServer.StartAsync();
        var spec = new VmSpec
        {
            Vcpus = { new Vcpu(), new Vcpu() },
            DistributorBase = 0,
            RedistributorRegions =
            {
                new RedistributorRegion { Base = 0x1_0000, Count = 1 },
                new RedistributorRegion { Base = 0x3_0000, Count = 1 },
            },
            Its = { new ItsUnit { Base = 0x5_0000 }, new ItsUnit { Base = 0x7_0000 } },
            MemoryRegions =
            {
                GuestMap.Region(0x9_0000, 0x1000),
                GuestMap.Region(0x9_1000, 0x1000),
            },
        };

        var guest = await Guest.CreateAsync(server.Tcp, "dense", spec);

        Assert.Equal(1u, (await guest.ReadAsync("GICR_TYPER", index: 1) >> 8) & 0xFFFF);
    }
}
