using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using static ItsService.Server.Tests.Attributes.AttributeCalls;
using static ItsService.Server.Tests.Guests.LineLevels;

namespace ItsService.Server.Tests.Levels;

/// <summary>Levels that no line can have: none of their call is set.</summary>
public class SetLevelsRefusalTests
{
    private const StatusCode Invalid = StatusCode.InvalidArgument;
    private const uint Spi = 40;

    private static readonly Dictionary<string, (LineLevel Level, Expected Expected)> Cases = new()
    {
        ["an SGI"] = (High(15, vcpu: 0), IntId("16..31 for a PPI, 32..255 for an SPI")),
        ["an SPI that this VM lacks"] = (High(256), IntId("32..255")),
        ["an INTID without a meaning"] = (High(1020), IntId("32..255")),
        ["an LPI"] = (High(8192), IntId("32..255")),
        ["the greatest number"] = (High(uint.MaxValue), IntId("32..255")),
        ["a PPI of nobody"] =
            (High(16), new Expected(Invalid, ErrorReason.Required, "levels[1].vcpu") { Accepted = "0..1" }),
        ["a PPI of a vCPU that is not there"] =
            (High(31, vcpu: 2), new Expected(Invalid, ErrorReason.OutOfRange, "levels[1].vcpu") { Accepted = "0..1" }),
        ["a PPI of the greatest vCPU"] =
            (High(31, uint.MaxValue), new Expected(Invalid, ErrorReason.OutOfRange, "levels[1].vcpu")
            {
                Accepted = "0..1",
            }),
        ["an SPI of a vCPU"] = (High(33, vcpu: 0), new Expected(Invalid, ErrorReason.OutOfRange, "levels[1].vcpu")
        {
            Accepted = "GICD_IROUTER",
        }),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public async Task Call_is_refused_whole_for(string problem)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        var (level, expected) = Cases[problem];

        var refusal = await Refusal.OfAsync(() => guest.SetLevelsAsync(High(Spi), level));

        (expected with { Resource = guest.Name }).AssertMet(refusal);
        Assert.Equal(0u, await guest.GetAttributeAsync(Lines(0, 32)));
    }

    [Fact]
    public async Task Every_level_that_cannot_be_is_told()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");

        var refusal = await Refusal.OfAsync(() => guest.SetLevelsAsync(High(3), High(Spi), High(20), High(4000)));

        Assert.Equal(
            ["levels[0].int_id", "levels[2].vcpu", "levels[3].int_id"], refusal.Details.Select(detail => detail.Field));
    }

    [Fact]
    public async Task As_many_levels_as_accesses_of_a_batch_are_taken_and_no_more()
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.BatchAccessesMax = 3);
        var guest = await Guest.CreateAsync(server.Tcp, "guest");

        await guest.SetLevelsAsync(High(Spi), Low(Spi), High(Spi));
        var refusal = await Refusal.OfAsync(() => guest.SetLevelsAsync(Low(Spi), Low(Spi), Low(Spi), Low(Spi)));

        new Expected(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "levels")
        {
            Resource = guest.Name,
            Accepted = "at most 3",
        }.AssertMet(refusal);
        Assert.Equal(1u << 8, await guest.GetAttributeAsync(Lines(0, 32)));
    }

    [Fact]
    public async Task VM_that_is_not_there_has_no_lines()
    {
        await using var server = await TestServer.StartAsync();

        var refusal = await Refusal.OfAsync(() => new Guest(server.Tcp, "vms/nobody").SetLevelsAsync(High(Spi)));

        new Expected(StatusCode.NotFound, ErrorReason.VmNotFound, "vm") { Resource = "vms/nobody" }.AssertMet(refusal);
    }

    private static Expected IntId(string accepted) =>
        new(Invalid, ErrorReason.OutOfRange, "levels[1].int_id") { Accepted = accepted };
}
