using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Refusals;

/// <summary>Accesses and messages that cannot be made: refused by their own call and inside a batch.</summary>
public class AccessRefusalTests
{
    private const StatusCode Invalid = StatusCode.InvalidArgument;
    private const uint ReadOnlyBase = 0x2000_0000;

    public static TheoryData<string> CaseNames => [.. RefusedAccess.Cases.Keys];

    public static TheoryData<string> BatchCaseNames =>
        [.. RefusedAccess.Cases.Where(item => item.Value.Request is not SignalMsiRequest).Select(item => item.Key)];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public async Task Call_is_refused_for(string problem)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var (request, expected) = RefusedAccess.Cases[problem];
        var before = await StateAsync(guest);

        var refusal = await Refusal.OfAsync(() => RefusedAccess.CallAsync(guest, request));

        (expected with { Resource = guest.Name }).AssertMet(refusal);
        Assert.Equal(before, await StateAsync(guest));
    }

    [Theory]
    [MemberData(nameof(BatchCaseNames))]
    public async Task Batch_is_refused_whole_for(string problem)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);
        var (request, expected) = RefusedAccess.Cases[problem];
        var before = await StateAsync(guest);
        var (kind, access) = RefusedAccess.ToAccess(request);

        var refusal = await Refusal.OfAsync(() => guest.Api.BatchAsync(new BatchRequest
        {
            Vm = guest.Name,
            Accesses =
            {
                RefusedAccess.ToAccess(RefusedAccess.Write(Guest.Register("GITS_CTLR"), 4, 0)).Access,
                RefusedAccess.ToAccess(RefusedAccess.WriteMemory(GuestMap.DataArea, 9)).Access,
                RefusedAccess.ToAccess(RefusedAccess.WriteSystem(0, Guest.SystemRegister("ICC_PMR_EL1"), 0x10)).Access,
                access,
            },
        }));

        (expected with { Resource = guest.Name, Field = $"accesses[3].{kind}.{expected.Field}" }).AssertMet(refusal);
        Assert.Equal(before, await StateAsync(guest));
    }

    [Fact]
    public async Task Batch_tells_every_malformed_access()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        var refusal = await Refusal.OfAsync(() => guest.Api.BatchAsync(new BatchRequest
        {
            Vm = guest.Name,
            Accesses =
            {
                new Access(),
                RefusedAccess.ToAccess(RefusedAccess.Read(Guest.Register("GITS_TYPER"), 8)).Access,
                RefusedAccess.ToAccess(RefusedAccess.Read(Guest.At(GuestMap.ItsBase), 3)).Access,
                RefusedAccess.ToAccess(RefusedAccess.ReadSystem(7, Guest.SystemRegister("ICC_PMR_EL1"))).Access,
            },
        }));

        Assert.Equal(Invalid, refusal.Code);
        Assert.Equal(
            ["accesses[0]", "accesses[2].read.size_bytes", "accesses[3].read_system_register.vcpu"],
            refusal.Details.Select(detail => detail.Field));
    }

    [Fact]
    public async Task Read_only_memory_is_written_by_its_owner()
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.MemoryRegions.Add(GuestMap.Region(ReadOnlyBase, 0x1000, true));
        var guest = await Guest.CreateAsync(server.Tcp, "rom", spec);

        await guest.WriteMemoryAsync(ReadOnlyBase, ByteString.CopyFromUtf8("firmware"));

        Assert.Equal("firmware", (await guest.ReadMemoryAsync(ReadOnlyBase, 8)).ToStringUtf8());
    }

    [Fact]
    public async Task Register_names_are_found_in_any_case()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server.Tcp);

        Assert.Equal(0x1EF71u, await guest.ReadAsync("gits_typer"));
        Assert.Equal(0xF0u, (await guest.ReadSystemAsync(0, "icc_pmr_el1")).Value);
    }

    private static async Task<Guest> BootAsync(Api api)
    {
        var guest = await Guest.BootAsync(api, "careful");
        await guest.MapDeviceAsync(device: 1, eventCount: 1, firstLpi: 8192);
        await guest.SignalAsync(1, 0);
        return guest;
    }

    private static async Task<string> StateAsync(Guest guest)
    {
        var vm = await guest.DescribeAsync();
        var tables = await guest.DumpAsync();
        var memory = await guest.ReadMemoryAsync(GuestMap.DataArea, 16);
        var mask = (await guest.ReadSystemAsync(0, "ICC_PMR_EL1")).Value;
        return $"{vm}\n{string.Join('\n', tables)}\n{memory.ToBase64()}\n{mask:x}";
    }
}
