using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Refusals;

/// <summary>Regions that cannot be added to a VM that lives, or removed from it.</summary>
public class UpdateMemoryRefusalTests
{
    private const StatusCode Invalid = StatusCode.InvalidArgument;
    private const ulong FreeBase = 0x1_0000_0000;

    private static readonly Dictionary<string, (UpdateMemoryRequest Request, Expected Expected)> Cases = new()
    {
        ["a region over an existing one"] = (
            Add(GuestMap.RamBase + GuestMap.RamSizeBytes - 0x1000, 0x2000),
            new(Invalid, ErrorReason.Overlap, "add_regions[0].base")),
        ["a region over a frame"] = (
            Add(GuestMap.ItsBase + 0x1_F000, 0x1000), new(Invalid, ErrorReason.Overlap, "add_regions[0].base")),
        ["a misaligned region"] = (
            Add(FreeBase + 1, 0x1000),
            new(Invalid, ErrorReason.Misaligned, "add_regions[0].base") { Accepted = "4096" }),
        ["a region of odd size"] = (
            Add(FreeBase, 0x1001),
            new(Invalid, ErrorReason.Misaligned, "add_regions[0].size_bytes") { Accepted = "4096" }),
        ["an empty region"] = (Add(FreeBase, 0), new(Invalid, ErrorReason.OutOfRange, "add_regions[0].size_bytes")),
        ["a region that wraps around"] = (
            Add(0xFFFF_FFFF_FFFF_F000, 0x2000), new(Invalid, ErrorReason.OutOfRange, "add_regions[0].size_bytes")),
        ["the removal of what is not there"] = (
            new UpdateMemoryRequest { RemoveBases = { FreeBase } },
            new(StatusCode.OutOfRange, ErrorReason.NoMemory, "remove_bases[0]") { Accepted = "0x40000000" }),
        ["more removals than a VM may have regions"] = (
            new UpdateMemoryRequest { RemoveBases = { Enumerable.Repeat(FreeBase, 100_000) } },
            new(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "remove_bases")),
        ["the removal of a region twice"] = (
            new UpdateMemoryRequest { RemoveBases = { GuestMap.RamBase, GuestMap.RamBase } },
            new(StatusCode.OutOfRange, ErrorReason.NoMemory, "remove_bases[1]") { Accepted = "none" }),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public async Task Update_is_refused_for(string problem)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "steady");
        var before = await guest.DescribeAsync();
        var (request, expected) = Cases[problem];

        var refusal = await Refusal.OfAsync(() =>
            server.Tcp.UpdateMemoryAsync(new UpdateMemoryRequest(request) { Name = guest.Name }));

        (expected with { Resource = guest.Name }).AssertMet(refusal);
        Assert.Equal(before, await guest.DescribeAsync());
    }

    private static UpdateMemoryRequest Add(ulong regionBase, ulong sizeBytes) =>
        new() { AddRegions = { GuestMap.Region(regionBase, sizeBytes) } };
}
