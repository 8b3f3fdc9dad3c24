using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;
using static ItsService.Server.Tests.Attributes.AttributeCalls;
using static ItsService.Server.Tests.Guests.LineLevels;

namespace ItsService.Server.Tests.Attributes;

/// <summary>NR_IRQS: how many INTIDs there are, set once before INIT.</summary>
public class IntIdCountTests
{
    private const uint Ebusy = 16;
    private const uint Einval = 22;

    [Theory]
    [InlineData(64, Profile.Kvm)]
    [InlineData(256, Profile.Kvm)]
    [InlineData(992, Profile.Kvm)]
    [InlineData(64, Profile.Qemu)]
    [InlineData(992, Profile.Qemu)]
    [InlineData(96, Profile.Custom)]
    public async Task Number_is_the_distributors(uint count, Profile profile)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server, profile);

        await guest.SetAttributeAsync(IntIdCount, count);
        await guest.SetAttributeAsync(Init);
        await guest.ResumeAsync();

        Assert.Equal((ulong)count, await guest.GetAttributeAsync(IntIdCount));
        Assert.Equal((count / 32) - 1, await guest.ReadAsync("GICD_TYPER") & 0x1F);
        Assert.Equal(count, (await guest.DescribeAsync()).Spec.IntIdLines);
        await AssertLastSpiIsTakenAsync(guest, Math.Min(count, 1020) - 1);
        var refusal = await Refusal.OfAsync(() => guest.SetLevelsAsync(High(count)));
        Assert.Equal((ErrorReason.OutOfRange, "levels[0].int_id"), (refusal.Detail.Reason, refusal.Detail.Field));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(32)]
    [InlineData(63)]
    [InlineData(65)]
    [InlineData(1024)]
    [InlineData(1056)]
    public async Task Number_that_a_distributor_never_has_is_refused(uint count)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);

        var refusal = await Refusal.OfAsync(() => guest.SetAttributeAsync(IntIdCount, count));

        new Expected(StatusCode.InvalidArgument, ErrorReason.OutOfRange, "value")
        {
            Resource = guest.Name,
            Accepted = "a multiple of 32, 64..992",
            KvmErrno = Einval,
        }.AssertMet(refusal);
        Assert.Equal(256u, await guest.GetAttributeAsync(IntIdCount));
        Assert.False((await guest.DescribeAsync()).Spec.HasIntIdLines);
        await guest.SetAttributeAsync(IntIdCount, 64);
    }

    [Fact]
    public async Task Number_is_set_once()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        await guest.SetAttributeAsync(IntIdCount, 64);

        await AssertIsTakenAsync(guest, 96);
        await AssertIsTakenAsync(guest, 64);
        await guest.SetAttributeAsync(Init);
        await AssertIsTakenAsync(guest, 64);

        Assert.Equal(64u, await guest.GetAttributeAsync(IntIdCount));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Number_that_the_creator_has_said_stays(bool isInProfile)
    {
        await using var server = await TestServer.StartAsync();
        var spec = GuestMap.Spec();
        spec.AwaitsInit = true;
        if (isInProfile)
        {
            (spec.Profile, spec.Custom) = (Profile.Custom, new ProfileOverrides { IntIdLines = 128 });
        }
        else
        {
            spec.IntIdLines = 128;
        }

        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);

        Assert.Equal(128u, await guest.GetAttributeAsync(IntIdCount));
        await AssertIsTakenAsync(guest, 64);
    }

    [Fact]
    public async Task What_an_ITS_has_been_told_before_stays()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        await guest.SetAttributeAsync(Gits(RegisterOffset.GitsCbaser), (1UL << 63) | GuestMap.Queue(0));
        var queue = await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCbaser));

        await guest.SetAttributeAsync(IntIdCount, 96);

        Assert.NotEqual(0u, queue);
        Assert.Equal(queue, await guest.GetAttributeAsync(Gits(RegisterOffset.GitsCbaser)));
    }

    [Fact]
    public async Task Level_of_a_line_that_is_no_more_is_refused_and_the_vm_goes_on()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        var waiting = guest.SetLevelsAsync(High(40), High(200));
        await server.Requests.UntilAsync(1);
        await guest.SetAttributeAsync(IntIdCount, 64);
        await guest.SetAttributeAsync(Init);
        await guest.ResumeAsync();

        var refusal = await Refusal.OfAsync(() => waiting);

        new Expected(StatusCode.InvalidArgument, ErrorReason.OutOfRange, "levels[1].int_id")
        {
            Resource = guest.Name,
            Accepted = "32..63",
        }.AssertMet(refusal);
        Assert.Equal(VmState.Running, (await guest.DescribeAsync()).State);
        Assert.Equal(0u, await guest.GetAttributeAsync(Lines(0, 32)));
    }

    [Fact]
    public async Task State_goes_where_the_number_is_the_same()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await CreateAsync(server);
        await guest.SetAttributeAsync(IntIdCount, 96);
        await guest.SetAttributeAsync(Init);
        var saved = (await server.Tcp.SaveAsync(guest.Name)).Blob;
        var spec = (await guest.DescribeAsync()).Spec;
        var twin = await Guest.CreateAsync(server.Tcp, "twin", spec);
        await twin.PauseAsync();

        await server.Tcp.RestoreAsync(twin.Name, saved);

        Assert.Equal(spec, (await twin.DescribeAsync()).Spec);
        spec.IntIdLines = 64;
        var other = await Guest.CreateAsync(server.Tcp, "other", spec);
        await other.PauseAsync();
        var refusal = await Refusal.OfAsync(() => server.Tcp.RestoreAsync(other.Name, saved));
        Assert.Contains("int_id_lines", refusal.Detail.Field, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_that_is_imported_may_name_the_number_that_the_vm_has()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        await guest.PauseAsync();
        var list = new ExportedState { Attributes = { new AttributeValue { Attribute = IntIdCount, Value = 256 } } };

        await server.Tcp.ImportAsync(guest.Name, list);

        list.Attributes[0].Value = 288;
        var refusal = await Refusal.OfAsync(() => server.Tcp.ImportAsync(guest.Name, list));
        new Expected(StatusCode.InvalidArgument, ErrorReason.OutOfRange, "state.attributes[0].value")
        {
            Resource = guest.Name,
            Accepted = "256",
            KvmErrno = Einval,
        }.AssertMet(refusal);
    }

    private static async Task AssertLastSpiIsTakenAsync(Guest guest, uint spi)
    {
        var (bank, bit) = (spi / 32, 1UL << (int)(spi % 32));
        await guest.SetUpLpisAsync(vcpuCount: 2);
        await guest.WriteAsync($"GICD_IROUTER{spi}", 1);
        await guest.WriteAsync($"GICD_IGROUPR{bank}", bit);
        await guest.WriteAsync($"GICD_ISENABLER{bank}", bit);
        var changed = (await guest.SetLevelsAsync(High(spi))).ChangedLines;
        Assert.Equal((1u, true), (Assert.Single(changed).Vcpu, changed[0].IrqAsserted));
        Assert.Equal(spi, await guest.AcknowledgeAsync(1));
    }

    private static async Task AssertIsTakenAsync(Guest guest, uint count)
    {
        var before = await guest.DescribeAsync();
        var refusal = await Refusal.OfAsync(() => guest.SetAttributeAsync(IntIdCount, count));
        new Expected(StatusCode.FailedPrecondition, ErrorReason.WrongState, "")
        {
            Resource = guest.Name,
            KvmErrno = Ebusy,
        }.AssertMet(refusal);
        Assert.Equal(before, await guest.DescribeAsync());
    }

    private static async Task<Guest> CreateAsync(TestServer server, Profile profile = Profile.Kvm)
    {
        var spec = GuestMap.Spec();
        (spec.Profile, spec.AwaitsInit) = (profile, true);
        return await Guest.CreateAsync(server.Tcp, "guest", spec);
    }
}
