using ItsService.Core.CpuInterface;
using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests;

/// <summary>What a host gets wrong is refused at once, with the name of what is wrong and what is accepted.</summary>
public class ConfigurationRangeTests
{
    private static readonly VirtualGicConfiguration Legal = new() { Affinities = [default] };

    private const CommandErrorPolicy NoPolicy = (CommandErrorPolicy)3;

    public static TheoryData<string, string, VirtualGicConfiguration> Refused => new()
    {
        { "Affinities.Count", "1..512", Legal with { Affinities = [] } },
        { "Affinities.Count", "1..512", Legal with { Affinities = new Affinity[513] } },
        { "ItsCount", "1..8", Legal with { ItsCount = 0 } },
        { "ItsCount", "1..8", Legal with { ItsCount = 9 } },
        { "InlineCommandsMax", "0..2147483647", Legal with { InlineCommandsMax = -1 } },
        { "MappedEventsMax", "0..9223372036854775807", Legal with { MappedEventsMax = -1 } },
        { "MappedDevicesMax", "0..9223372036854775807", Legal with { MappedDevicesMax = -1 } },
        { "PendingLpisMax", "0..2147483647", Legal with { PendingLpisMax = -1 } },
        { "EventsMax", "1..2147483647", Legal with { EventsMax = 0 } },
        { "Profile.ReportedIttEntryBytes", "1..16", With(profile => profile with { ReportedIttEntryBytes = 0 }) },
        { "Profile.ReportedIttEntryBytes", "1..16", With(profile => profile with { ReportedIttEntryBytes = 17 }) },
        { "Profile.EventIdBits", "1..32", With(profile => profile with { EventIdBits = 0 }) },
        { "Profile.EventIdBits", "1..32", With(profile => profile with { EventIdBits = 33 }) },
        { "Profile.DeviceIdBits", "1..32", With(profile => profile with { DeviceIdBits = 0 }) },
        { "Profile.DeviceIdBits", "1..32", With(profile => profile with { DeviceIdBits = 33 }) },
        { "Profile.CollectionIdBits", "1..16", With(profile => profile with { CollectionIdBits = 0 }) },
        { "Profile.CollectionIdBits", "1..16", With(profile => profile with { CollectionIdBits = 17 }) },
        { "Profile.HardwareCollections", "0..255", With(profile => profile with { HardwareCollections = -1 }) },
        { "Profile.HardwareCollections", "0..255", With(profile => profile with { HardwareCollections = 256 }) },
        { "Profile.PageSizes", "1..7", With(profile => profile with { PageSizes = TablePageSizes.None }) },
        { "Profile.PageSizes", "1..7", With(profile => profile with { PageSizes = (TablePageSizes)8 }) },
        { "Profile.CommandErrorPolicy", "0..2", With(profile => profile with { CommandErrorPolicy = NoPolicy }) },
        { "Profile.CommonLpiAff", "0..3", With(profile => profile with { CommonLpiAff = -1 }) },
        { "Profile.CommonLpiAff", "0..3", With(profile => profile with { CommonLpiAff = 4 }) },
        { "Profile.IntIdBits", "14..24", With(profile => profile with { IntIdBits = 13 }) },
        { "Profile.IntIdBits", "14..24", With(profile => profile with { IntIdBits = 25 }) },
        { "Profile.IntIdLines", "32..1024", With(profile => profile with { IntIdLines = 0 }) },
        { "Profile.IntIdLines", "32..1024", With(profile => profile with { IntIdLines = 1056 }) },
        { "Profile.IntIdLines % 32", "0", With(profile => profile with { IntIdLines = 100 }) },
        { "Profile.PriorityBits", "5..7", With(profile => profile with { PriorityBits = 4 }) },
        { "Profile.PriorityBits", "5..7", With(profile => profile with { PriorityBits = 8 }) },
    };

    public static TheoryData<VirtualGicConfiguration> Taken => new()
    {
        Legal with
        {
            InlineCommandsMax = 0,
            MappedEventsMax = 0,
            MappedDevicesMax = 0,
            PendingLpisMax = 0,
            EventsMax = 1,
            Profile = GicProfiles.Kvm with
            {
                ReportedIttEntryBytes = 1,
                EventIdBits = 1,
                DeviceIdBits = 1,
                CollectionIdBits = 1,
                HardwareCollections = 0,
                PageSizes = TablePageSizes.FourKiB,
                CommandErrorPolicy = CommandErrorPolicy.Continue,
                CommonLpiAff = 0,
                IntIdBits = 14,
                IntIdLines = 32,
                PriorityBits = 5,
            },
        },
        Legal with
        {
            Affinities = new Affinity[512],
            ItsCount = 8,
            InlineCommandsMax = int.MaxValue,
            MappedEventsMax = long.MaxValue,
            MappedDevicesMax = long.MaxValue,
            PendingLpisMax = int.MaxValue,
            Profile = GicProfiles.Qemu with
            {
                ReportedIttEntryBytes = 16,
                EventIdBits = 32,
                DeviceIdBits = 32,
                CollectionIdBits = 16,
                HardwareCollections = 255,
                PageSizes = TablePageSizes.All,
                CommandErrorPolicy = CommandErrorPolicy.StallOnMemoryError,
                CommonLpiAff = 3,
                IntIdBits = 24,
                IntIdLines = 1024,
                PriorityBits = 7,
            },
        },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void Number_outside_its_range_is_refused_by_name(
        string property, string accepted, VirtualGicConfiguration configuration)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(nameof(configuration), () => Make(configuration));

        Assert.StartsWith($"{property} must be {accepted}.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Taken), DisableDiscoveryEnumeration = true)]
    public void Numbers_at_the_ends_of_their_ranges_are_taken(VirtualGicConfiguration configuration) =>
        Assert.Equal(configuration.Affinities.Count, Make(configuration).VcpuCount);

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void Its_that_is_not_there_is_an_error_of_the_host(int number)
    {
        var gic = Guest.Started(new GuestOptions { ItsCount = 2 }).Gic;
        var location = new FrameLocation(FrameKind.Gits, number, GitsOffset.Ctlr);
        var doorbell = location with { Offset = GitsOffset.Translater };
        var submission = SubmittedCommands.Syncs(1);

        AssertNamed("itsNumber", () => gic.SignalMsi(number, default, default));
        AssertNamed("itsNumber", () => gic.Submit(number, submission));
        AssertNamed("itsNumber", () => gic.Abandon(number, submission));
        AssertNamed("location", () => gic.ReadRegister(location, 4));
        AssertNamed("location", () => gic.WriteRegister(location, 4, 1));
        AssertNamed("location", () => gic.WriteRegister(doorbell, 4, 1, new DeviceId(0)));
        AssertNamed("location", () => gic.WriteRegister(doorbell, 4, 1));
        Assert.False(submission.IsPlaced);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    public void Vcpu_that_is_not_there_is_an_error_of_the_host(int vcpu)
    {
        var gic = Guest.Started().Gic;

        AssertNamed("vcpu", () => gic.ReadSystemRegister(new(vcpu), SystemRegister.IccIar1));
        AssertNamed("vcpu", () => gic.WriteSystemRegister(new(vcpu), SystemRegister.IccPmr, 0));
        AssertNamed("vcpu", () => gic.GetLine(new(vcpu)));
    }

    [Fact]
    public void Redistributor_of_a_negative_number_and_a_negative_budget_are_errors_of_the_host()
    {
        var gic = Guest.Started().Gic;

        AssertNamed("location", () => gic.ReadRegister(new FrameLocation(FrameKind.Gicr, -1, GicrOffset.Ctlr), 4));
        AssertNamed("budget", () => gic.Step(-1));
        Assert.Equal(0, gic.Step(0).ExecutedCount);
        Assert.Throws<ArgumentNullException>("into", () => gic.DrainChangedLines(null!));
    }

    private static void AssertNamed(string parameter, Func<object> act) =>
        Assert.Throws<ArgumentOutOfRangeException>(parameter, act);

    private static void AssertNamed(string parameter, Action act) =>
        Assert.Throws<ArgumentOutOfRangeException>(parameter, act);

    private static VirtualGic Make(VirtualGicConfiguration configuration) => new(configuration, new Guest().Ram);

    private static VirtualGicConfiguration With(Func<GicProfile, GicProfile> change) =>
        Legal with { Profile = change(GicProfiles.Kvm) };
}
