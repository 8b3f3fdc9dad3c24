using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Refusals;

/// <summary>Each thing that can be wrong with a new VM, alone and together.</summary>
public class CreateVmRefusalTests
{
    private const StatusCode Invalid = StatusCode.InvalidArgument;

    private static readonly Dictionary<string, (Action<CreateVmRequest> Spoil, Expected Expected)> Cases = new()
    {
        ["id with a capital letter"] = (
            request => request.VmId = "Guest",
            new(Invalid, ErrorReason.MalformedName, "vm_id") { Accepted = "a-z" }),
        ["id that begins with a hyphen"] = (
            request => request.VmId = "-guest",
            new(Invalid, ErrorReason.MalformedName, "vm_id") { Accepted = "a-z" }),
        ["id with a slash"] = (
            request => request.VmId = "vms/guest",
            new(Invalid, ErrorReason.MalformedName, "vm_id") { Accepted = "a-z" }),
        ["id of 64 characters"] = (
            request => request.VmId = new string('a', 64),
            new(Invalid, ErrorReason.MalformedName, "vm_id") { Accepted = "63" }),
        ["id with a letter that looks like another"] = (
            request => request.VmId = "gu\u0435st",
            new(Invalid, ErrorReason.MalformedName, "vm_id") { Accepted = "a-z" }),
        ["no spec"] = (
            request => request.Spec = null,
            new(Invalid, ErrorReason.Required, "spec")),
        ["no vCPU"] = (
            request =>
            {
                request.Spec.Vcpus.Clear();
                request.Spec.RedistributorRegions.Clear();
            },
            new(Invalid, ErrorReason.OutOfRange, "spec.vcpus") { Accepted = "1..512" }),
        ["1,000 vCPUs"] = (
            request =>
            {
                request.Spec.Vcpus.Add(Enumerable.Range(0, 998).Select(_ => new Vcpu()));
                request.Spec.RedistributorRegions[0].Count = 1000;
            },
            new(Invalid, ErrorReason.OutOfRange, "spec.vcpus") { Accepted = "1..512" }),
        ["two equal affinities"] = (
            request =>
            {
                request.Spec.Vcpus[0].Affinity = 0x0102_0304;
                request.Spec.Vcpus[1].Affinity = 0x0102_0304;
            },
            new(Invalid, ErrorReason.OutOfRange, "spec.vcpus[1].affinity")),
        ["an affinity equal to a default one"] = (
            request => request.Spec.Vcpus[1].Affinity = 0,
            new(Invalid, ErrorReason.OutOfRange, "spec.vcpus[1].affinity")),
        ["affinities that differ in Aff3 alone, which the KVM profile does not show"] = (
            request => request.Spec.Vcpus[1].Affinity = 0x0100_0000,
            new(Invalid, ErrorReason.OutOfRange, "spec.vcpus[1].affinity") { Accepted = "Aff2" }),
        ["affinities that differ in Aff3 alone, which the CUSTOM profile does not show"] = (
            request =>
            {
                request.Spec.Profile = Profile.Custom;
                request.Spec.Vcpus[0].Affinity = 0x0200_0203;
                request.Spec.Vcpus[1].Affinity = 0x0100_0203;
            },
            new(Invalid, ErrorReason.OutOfRange, "spec.vcpus[1].affinity") { Accepted = "Aff2" }),
        ["an unknown profile"] = (
            request => request.Spec.Profile = (Profile)77,
            new(Invalid, ErrorReason.OutOfRange, "spec.profile") { Accepted = "KVM" }),
        ["overrides with the KVM profile"] = (
            request =>
            {
                request.Spec.Profile = Profile.Kvm;
                request.Spec.Custom = new ProfileOverrides { EventIdBits = 16 };
            },
            new(Invalid, ErrorReason.Unsupported, "spec.custom")),
        ["overrides without a profile"] = (
            request => request.Spec.Custom = new ProfileOverrides(),
            new(Invalid, ErrorReason.Unsupported, "spec.custom")),
        ["event_id_bits 33"] = Override(
            custom => custom.EventIdBits = 33, "event_id_bits", "1..32"),
        ["event_id_bits 0"] = Override(
            custom => custom.EventIdBits = 0, "event_id_bits", "1..32"),
        ["device_id_bits 33"] = Override(
            custom => custom.DeviceIdBits = 33, "device_id_bits", "1..32"),
        ["collection_id_bits 17"] = Override(
            custom => custom.CollectionIdBits = 17, "collection_id_bits", "1..16"),
        ["int_id_bits 13"] = Override(
            custom => custom.IntIdBits = 13, "int_id_bits", "14..24"),
        ["int_id_bits 25"] = Override(
            custom => custom.IntIdBits = 25, "int_id_bits", "14..24"),
        ["hardware_collections 256"] = Override(
            custom => custom.HardwareCollections = 256, "hardware_collections", "0..255"),
        ["more hardware collections than collection IDs"] = Override(
            custom => (custom.HardwareCollections, custom.CollectionIdBits) = (17, 4), "hardware_collections", "0..16"),
        ["hardware_collections 256 of 256"] = Override(
            custom => (custom.HardwareCollections, custom.CollectionIdBits) = (256, 8),
            "hardware_collections", "0..255"),
        ["int_id_lines 100 of any profile"] = (
            request => request.Spec.IntIdLines = 100,
            new(Invalid, ErrorReason.OutOfRange, "spec.int_id_lines") { Accepted = "32..1024" }),
        ["two numbers of INTIDs"] = (
            request =>
            {
                request.Spec.Profile = Profile.Custom;
                request.Spec.Custom = new ProfileOverrides { IntIdLines = 64 };
                request.Spec.IntIdLines = 96;
            },
            new(Invalid, ErrorReason.OutOfRange, "spec.int_id_lines") { Accepted = "one of the two" }),
        ["int_id_lines 100"] = Override(
            custom => custom.IntIdLines = 100, "int_id_lines", "32"),
        ["int_id_lines 1056"] = Override(
            custom => custom.IntIdLines = 1056, "int_id_lines", "1024"),
        ["a record of unmapped MSIs without its register"] = Override(
            custom => custom.UnmappedMsiRecord = true, "unmapped_msi_record", "status_register"),
        ["an unknown page size"] = Override(
            custom => custom.PageSizes.Add([PageSize._4Kib, (PageSize)9]), "page_sizes[1]", "4"),
        ["an unspecified page size"] = Override(
            custom => custom.PageSizes.Add(PageSize.Unspecified), "page_sizes[0]", "4"),
        ["more page sizes than there are"] = Override(
            custom => custom.PageSizes.Add(Enumerable.Repeat(PageSize._4Kib, 4)), "page_sizes", "3"),
        ["an unknown command error policy"] = Override(
            custom => custom.CommandErrorPolicy = (CommandErrorPolicy)9, "command_error_policy", "STALL"),
        ["an unknown policy for command errors"] = (
            request => request.Spec.CommandErrorPolicy = (CommandErrorPolicy)9,
            new(Invalid, ErrorReason.OutOfRange, "spec.command_error_policy") { Accepted = "STALL" }),
        ["two policies for command errors"] = (
            request =>
            {
                request.Spec.Profile = Profile.Custom;
                request.Spec.Custom = new ProfileOverrides { CommandErrorPolicy = CommandErrorPolicy.Stall };
                request.Spec.CommandErrorPolicy = CommandErrorPolicy.Continue;
            },
            new(Invalid, ErrorReason.OutOfRange, "spec.command_error_policy") { Accepted = "same" }),
        ["9 ITSs"] = (
            request => request.Spec.Its.Add(Enumerable.Range(0, 8).Select(_ => new ItsUnit())),
            new(Invalid, ErrorReason.OutOfRange, "spec.its") { Accepted = "8" }),
        ["a misaligned distributor"] = (
            request => request.Spec.DistributorBase += 0x1000,
            new(Invalid, ErrorReason.Misaligned, "spec.distributor_base") { Accepted = "0x10000" }),
        ["a misaligned redistributor region"] = (
            request => request.Spec.RedistributorRegions[0].Base += 0x8000,
            new(Invalid, ErrorReason.Misaligned, "spec.redistributor_regions[0].base") { Accepted = "0x10000" }),
        ["a misaligned ITS"] = (
            request => request.Spec.Its[0].Base += 1,
            new(Invalid, ErrorReason.Misaligned, "spec.its[0].base") { Accepted = "0x10000" }),
        ["a region of no redistributor"] = (
            request => request.Spec.RedistributorRegions.Add(new RedistributorRegion { Base = 0x0B00_0000 }),
            new(Invalid, ErrorReason.OutOfRange, "spec.redistributor_regions[1].count") { Accepted = "1" }),
        ["a region of 4,096 redistributors"] = (
            request => request.Spec.RedistributorRegions.Add(
                new RedistributorRegion { Base = 0x10_0000_0000, Count = 4096 }),
            new(Invalid, ErrorReason.OutOfRange, "spec.redistributor_regions[1].count") { Accepted = "1..4095" }),
        ["too few redistributors"] = (
            request => request.Spec.RedistributorRegions[0].Count = 1,
            new(Invalid, ErrorReason.OutOfRange, "spec.redistributor_regions") { Accepted = "2" }),
        ["memory that is nowhere"] = (
            request => request.Spec.MemoryRegions[0].ClearBacking(),
            new(Invalid, ErrorReason.Required, "spec.memory_regions[0].backing") { Accepted = "hosted" }),
        ["a misaligned memory region"] = (
            request => request.Spec.MemoryRegions[0].Base += 0x800,
            new(Invalid, ErrorReason.Misaligned, "spec.memory_regions[0].base") { Accepted = "4096" }),
        ["a memory region of odd size"] = (
            request => request.Spec.MemoryRegions[0].SizeBytes += 1,
            new(Invalid, ErrorReason.Misaligned, "spec.memory_regions[0].size_bytes") { Accepted = "4096" }),
        ["an empty memory region"] = (
            request => request.Spec.MemoryRegions[0].SizeBytes = 0,
            new(Invalid, ErrorReason.OutOfRange, "spec.memory_regions[0].size_bytes")),
        ["a memory region that wraps around"] = (
            request =>
            {
                request.Spec.MemoryRegions[0].Base = 0xFFFF_FFFF_FFFF_F000;
                request.Spec.MemoryRegions[0].SizeBytes = 0x2000;
            },
            new(Invalid, ErrorReason.OutOfRange, "spec.memory_regions[0].size_bytes")),
        ["an ITS that wraps around"] = (
            request => request.Spec.Its[0].Base = 0xFFFF_FFFF_FFFF_0000,
            new(Invalid, ErrorReason.OutOfRange, "spec.its[0].base")),
        ["redistributors that wrap around"] = (
            request => request.Spec.RedistributorRegions[0].Base = 0xFFFF_FFFF_FFFD_0000,
            new(Invalid, ErrorReason.OutOfRange, "spec.redistributor_regions[0].base")),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public async Task Create_is_refused_with(string problem)
    {
        await using var server = await TestServer.StartAsync();
        var bystander = await server.Tcp.CreateVmAsync("bystander", GuestMap.Spec());
        var request = Request("guest");
        Cases[problem].Spoil(request);

        var refusal = await Refusal.OfAsync(() => server.Tcp.CreateVmAsync(request));

        var expected = Cases[problem].Expected;
        (expected with { Resource = ResourceOf(expected, refusal) }).AssertMet(refusal);
        await AssertServesAsync(server, bystander);
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixSocket)]
    public async Task Create_with_a_taken_id_is_refused(Transport transport)
    {
        await using var server = await TestServer.StartAsync();
        var first = await server[transport].CreateVmAsync(Request("guest"));

        var refusal = await Refusal.OfAsync(() => server[transport].CreateVmAsync(Request("guest")));

        new Expected(StatusCode.AlreadyExists, ErrorReason.VmExists, "vm_id") { Resource = "vms/guest" }
            .AssertMet(refusal);
        Assert.Equal(first, await server[transport].GetVmAsync("vms/guest"));
    }

    [Fact]
    public async Task Create_tells_every_problem_at_once()
    {
        await using var server = await TestServer.StartAsync();
        var request = Request("Not An Id");
        request.Spec.DistributorBase = 0x0800_0001;
        request.Spec.Vcpus[1].Affinity = 0;
        request.Spec.RedistributorRegions[0].Count = 1;
        request.Spec.Custom = new ProfileOverrides { EventIdBits = 99 };
        request.Spec.MemoryRegions.Add(GuestMap.Region(0x1_0000_0000, 0));

        var refusal = await Refusal.OfAsync(() => server.Tcp.CreateVmAsync(request));

        Assert.Equal(StatusCode.InvalidArgument, refusal.Code);
        foreach (var (reason, field) in new[]
        {
            (ErrorReason.MalformedName, "vm_id"),
            (ErrorReason.Misaligned, "spec.distributor_base"),
            (ErrorReason.OutOfRange, "spec.vcpus[1].affinity"),
            (ErrorReason.OutOfRange, "spec.redistributor_regions"),
            (ErrorReason.Unsupported, "spec.custom"),
            (ErrorReason.OutOfRange, "spec.memory_regions[1].size_bytes"),
        })
        {
            Assert.Contains((reason, field), refusal.Details.Select(detail => (detail.Reason, detail.Field)));
        }
    }

    /// <summary>The server refuses nothing else because of it, and no VM came to be.</summary>
    private static async Task AssertServesAsync(TestServer server, Vm bystander)
    {
        Assert.Equal(bystander.Uid, Assert.Single((await server.Tcp.ListVmsAsync()).Vms).Uid);
        Assert.Equal(bystander, await server.Tcp.GetVmAsync(bystander.Name));
        await server.Tcp.CreateVmAsync(Request("guest"));
    }

    /// <summary>The VM that would have been; a name that is malformed is none.</summary>
    private static string ResourceOf(Expected expected, Refusal refusal) =>
        expected.Reason == ErrorReason.MalformedName ? refusal.Detail.Resource : "vms/guest";

    private static CreateVmRequest Request(string id) => new() { VmId = id, Spec = GuestMap.Spec() };

    private static (Action<CreateVmRequest> Spoil, Expected Expected) Override(
        Action<ProfileOverrides> change, string field, string accepted) => (
        request =>
        {
            request.Spec.Profile = Profile.Custom;
            request.Spec.Custom = new ProfileOverrides();
            change(request.Spec.Custom);
        },
        new(Invalid, ErrorReason.OutOfRange, $"spec.custom.{field}") { Accepted = accepted });
}
