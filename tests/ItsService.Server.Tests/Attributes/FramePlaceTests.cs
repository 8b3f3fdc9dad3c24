using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using static ItsService.Server.Tests.Attributes.AttributeCalls;

namespace ItsService.Server.Tests.Attributes;

/// <summary>Frames that were left open get their places: each once, where nothing else lies.</summary>
public class FramePlaceTests
{
    private const StatusCode Invalid = StatusCode.InvalidArgument;
    private const uint Enoent = 2;
    private const uint E2Big = 7;
    private const uint Eexist = 17;
    private const uint Einval = 22;
    private const ulong AllOnes = ulong.MaxValue;
    private const ulong RegionFlags = 2UL << 12;

    private static readonly Expected AlreadySet =
        new(StatusCode.FailedPrecondition, ErrorReason.AlreadyPlaced, "value") { KvmErrno = Eexist };

    private static readonly Expected Misaligned =
        new(Invalid, ErrorReason.Misaligned, "value") { KvmErrno = Einval, Accepted = "0x10000" };

    private static readonly Expected Overlapping = new(Invalid, ErrorReason.Overlap, "value") { KvmErrno = Einval };

    private static readonly Expected Wrapping = new(Invalid, ErrorReason.OutOfRange, "value") { KvmErrno = Einval };

    private static readonly Expected TooBig =
        new(Invalid, ErrorReason.OutOfRange, "value") { KvmErrno = E2Big, Accepted = "52 bits" };

    private static readonly Expected WrongRegion = new(Invalid, ErrorReason.OutOfRange, "value") { KvmErrno = Einval };

    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["an ITS twice"] = new([(ItsPlace(), GuestMap.ItsBase)], ItsPlace(), GuestMap.ItsBase + 0x10_0000, AlreadySet),
        ["an ITS twice, misaligned"] = new([(ItsPlace(), GuestMap.ItsBase)], ItsPlace(), 1, AlreadySet),
        ["an ITS misaligned"] = new([], ItsPlace(), 0x800_1000, Misaligned),
        ["an ITS misaligned, beyond the end"] = new([], ItsPlace(), AllOnes, Misaligned),
        ["an ITS that wraps around"] = new([], ItsPlace(), 0xFFFF_FFFF_FFFF_0000, Wrapping),
        ["an ITS beyond 52 bits"] = new([], ItsPlace(), 1UL << 52, TooBig),
        ["an ITS at the very end of 64 bits"] = new([], ItsPlace(), 0xFFFF_FFFF_FFFE_0000, TooBig),
        ["an ITS half beyond 52 bits"] = new([], ItsPlace(), (1UL << 52) - 0x1_0000, TooBig),
        ["an ITS over the other"] =
            new([(ItsPlace(1), GuestMap.ItsBase)], ItsPlace(), GuestMap.ItsBase + 0x1_0000, Overlapping),
        ["an ITS over memory"] = new([], ItsPlace(), GuestMap.RamBase, Overlapping with { KvmErrno = null }),
        ["the distributor twice"] = new(
            [(DistributorPlace, GuestMap.DistributorBase)], DistributorPlace, GuestMap.DistributorBase, AlreadySet),
        ["the distributor misaligned"] = new([], DistributorPlace, 0x800_1000, Misaligned),
        ["the distributor beyond 52 bits"] = new([], DistributorPlace, 1UL << 60, TooBig),
        ["the distributor over the redistributors"] =
            new([(RedistributorsPlace, 0)], DistributorPlace, 0x7_0000, Overlapping),
        ["the redistributors over the distributor"] =
            new([(DistributorPlace, 0x7_0000)], RedistributorsPlace, 0, Overlapping),
        ["the redistributors misaligned"] = new([], RedistributorsPlace, 0x1000, Misaligned),
        ["the redistributors past the end"] = new([], RedistributorsPlace, 0xFFFF_FFFF_FFFE_0000, Wrapping),
        ["the redistributors twice"] = new([(RedistributorsPlace, 0)], RedistributorsPlace, 0, AlreadySet),
        ["the redistributors after a region"] =
            new([(RegionPlace, Region(0, 0x10_0000, 1))], RedistributorsPlace, 0, WrongRegion),
        ["a region after the redistributors"] =
            new([(RedistributorsPlace, 0)], RegionPlace, Region(0, 0x10_0000, 1), WrongRegion),
        ["a second region after the redistributors"] =
            new([(RedistributorsPlace, 0)], RegionPlace, Region(1, 0x10_0000, 1), WrongRegion),
        ["a first region of index 1"] = new([], RegionPlace, Region(1, 0, 1), WrongRegion),
        ["a region with flags"] = new([], RegionPlace, Region(0, 0, 1) | RegionFlags, WrongRegion),
        ["a region of none"] = new([], RegionPlace, Region(0, 0, 0), WrongRegion),
        ["a region twice"] =
            new([(RegionPlace, Region(0, 0, 1))], RegionPlace, Region(0, 0x10_0000, 1), WrongRegion),
        ["a region that is not the next"] =
            new([(RegionPlace, Region(0, 0, 1))], RegionPlace, Region(2, 0x10_0000, 1), WrongRegion),
        ["a region over another"] =
            new([(RegionPlace, Region(0, 0, 2))], RegionPlace, Region(1, 0x2_0000, 1), Overlapping),
        ["a region over an ITS"] =
            new([(ItsPlace(), GuestMap.ItsBase)], RegionPlace, Region(0, GuestMap.ItsBase - 0x2_0000, 2), Overlapping),
        ["a region beyond 52 bits"] = new([], RegionPlace, Region(0, 0xF_FFFF_FFFE_0000, 2), TooBig),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public async Task Place_is_refused_and_nothing_changes(string name)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest", Open());
        var test = Cases[name];
        foreach (var (attribute, value) in test.Before)
        {
            await guest.SetAttributeAsync(attribute, value);
        }

        var before = await guest.DescribeAsync();

        var refusal = await Refusal.OfAsync(() => guest.SetAttributeAsync(test.Attribute, test.Value));

        (test.Expected with { Resource = guest.Name }).AssertMet(refusal);
        Assert.Equal(test.Expected.KvmErrno is not null, refusal.Detail.HasKvmErrno);
        Assert.Equal(before, await guest.DescribeAsync());
    }

    [Fact]
    public async Task Places_that_are_set_are_told_and_used()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest", Open());
        Assert.Equal(AllOnes, await guest.GetAttributeAsync(ItsPlace(1)));
        Assert.Equal(AllOnes, await guest.GetAttributeAsync(DistributorPlace));
        Assert.Equal(AllOnes, await guest.GetAttributeAsync(RedistributorsPlace));
        Assert.Equal(
            ErrorReason.NoFrame,
            (await Refusal.OfAsync(() => ReadAsync(guest, GuestMap.ItsBase + 0x2_0008, 8))).Detail.Reason);

        await guest.SetAttributeAsync(ItsPlace(1), GuestMap.ItsBase + GuestMap.ItsStride);
        await guest.SetAttributeAsync(DistributorPlace, GuestMap.DistributorBase);
        await guest.SetAttributeAsync(RedistributorsPlace, GuestMap.RedistributorBase);
        await guest.SetAttributeAsync(ItsPlace(), GuestMap.ItsBase);

        Assert.Equal(GuestMap.ItsBase, await guest.GetAttributeAsync(ItsPlace()));
        Assert.Equal(GuestMap.ItsBase + GuestMap.ItsStride, await guest.GetAttributeAsync(ItsPlace(1)));
        Assert.Equal(GuestMap.DistributorBase, await guest.GetAttributeAsync(DistributorPlace));
        Assert.Equal(GuestMap.RedistributorBase, await guest.GetAttributeAsync(RedistributorsPlace));
        var placed = await server.Tcp.CreateVmAsync("placed", GuestMap.Spec(vcpuCount: 4, itsCount: 2));
        Assert.Equal(placed.Spec, (await guest.DescribeAsync()).Spec);
        Assert.Equal(0x1_EF71UL, await ReadAsync(guest, GuestMap.ItsBase + GuestMap.ItsStride + 8, 8));
        Assert.Equal(0x310UL, await ReadAsync(guest, GuestMap.RedistributorBase + 0x6_0008, 4) & ~1UL);
        await guest.Api.SignalMsiAsync(new SignalMsiRequest
        {
            Vm = guest.Name,
            Doorbell = new DoorbellMsi { Address = GuestMap.Doorbell(1), DeviceId = 1 },
        });
    }

    [Fact]
    public async Task Regions_are_set_one_after_another_and_read_as_they_were_set()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest", Open());

        await guest.SetAttributeAsync(RegionPlace, Region(0, GuestMap.RedistributorBase, 1));
        await guest.SetAttributeAsync(RegionPlace, Region(1, GuestMap.RedistributorBase + 0x2_0000, 3));

        Assert.Equal(Region(0, GuestMap.RedistributorBase, 1), await guest.GetAttributeAsync(RegionPlace, 0));
        Assert.Equal(
            Region(1, GuestMap.RedistributorBase + 0x2_0000, 3), await guest.GetAttributeAsync(RegionPlace, 1));
        Assert.Equal([1u, 3u], (await guest.DescribeAsync()).Spec.RedistributorRegions.Select(region => region.Count));
        var refusal = await Refusal.OfAsync(() => guest.GetAttributeAsync(RegionPlace, 2));
        new Expected(StatusCode.OutOfRange, ErrorReason.NoFrame, "value")
        {
            KvmErrno = Enoent,
            Accepted = "0..1",
            Resource = guest.Name,
        }.AssertMet(refusal);
    }

    [Fact]
    public async Task Vm_with_regions_for_some_of_its_vcpus_does_not_run()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest", Open());
        await guest.PauseAsync();
        await guest.SetAttributeAsync(RegionPlace, Region(0, GuestMap.RedistributorBase, 3));

        var refusal = await Refusal.OfAsync(() => guest.ResumeAsync());

        new Expected(StatusCode.FailedPrecondition, ErrorReason.FrameNotPlaced, "spec.redistributor_regions")
        {
            KvmErrno = 6,
            Accepted = "4 or more",
            Resource = guest.Name,
        }.AssertMet(refusal);
        Assert.Equal(VmState.Paused, (await guest.DescribeAsync()).State);
        await guest.SetAttributeAsync(RegionPlace, Region(1, GuestMap.RedistributorBase + 0x10_0000, 1));
        Assert.Equal(VmState.Running, (await guest.ResumeAsync()).State);
    }

    [Fact]
    public async Task Memory_is_not_added_over_a_frame_that_got_its_place()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest", Open());
        await guest.SetAttributeAsync(ItsPlace(), GuestMap.ItsBase);

        var refusal = await Refusal.OfAsync(() => guest.Api.UpdateMemoryAsync(new UpdateMemoryRequest
        {
            Name = guest.Name,
            AddRegions = { GuestMap.Region(GuestMap.ItsBase + 0x1_F000, 0x1000) },
        }));

        Assert.Equal(ErrorReason.Overlap, refusal.Detail.Reason);
    }

    [Theory]
    [InlineData(1UL << 52)]
    [InlineData(0xFFFF_FFFF_FFFE_0000)]
    public async Task Create_with_an_its_beyond_52_bits_is_refused(ulong itsBase)
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.Its[0].Base = itsBase;

        var refusal = await Refusal.OfAsync(() => server.Tcp.CreateVmAsync("guest", spec));

        (TooBig with { Field = "spec.its[0].base", Resource = "vms/guest" }).AssertMet(refusal);
    }

    private static ulong Region(uint index, ulong regionBase, ulong count) => (count << 52) | regionBase | index;

    private static async Task<ulong> ReadAsync(Guest guest, ulong address, uint sizeBytes)
    {
        var response = await guest.Api.ReadAsync(
            new ReadRegisterRequest { Vm = guest.Name, Target = Guest.At(address), SizeBytes = sizeBytes });
        return response.Value;
    }

    private static VmSpec Open()
    {
        var spec = GuestMap.Spec(vcpuCount: 4, itsCount: 2);
        spec.ClearDistributorBase();
        spec.RedistributorRegions.Clear();
        foreach (var its in spec.Its)
        {
            its.ClearBase();
        }

        return spec;
    }

    private sealed record Case(
        (DeviceAttribute Attribute, ulong Value)[] Before, DeviceAttribute Attribute, ulong Value, Expected Expected);
}
