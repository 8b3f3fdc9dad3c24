using ItsService.Core.Profiles;

namespace ItsService.Core;

/// <summary>
/// The numbers of a configuration that the model is built on: looked at once, so that none is found wrong later.
/// </summary>
internal static class ConfigurationRanges
{
    private const int LineUnit = 32;

    // The constructor's.
    private static readonly string Parameter = "configuration";

    /// <exception cref="ArgumentOutOfRangeException">
    /// A property is outside its range; the message names both.
    /// </exception>
    public static void Check(VirtualGicConfiguration configuration)
    {
        Require(configuration.Affinities.Count, 1, VirtualGicConfiguration.VcpuCountMax, "Affinities.Count");
        Require(configuration.ItsCount, 1, VirtualGicConfiguration.ItsCountMax, "ItsCount");
        Require(configuration.InlineCommandsMax, 0, int.MaxValue, "InlineCommandsMax");
        Require(configuration.MappedEventsMax, 0, long.MaxValue, "MappedEventsMax");
        Require(configuration.MappedDevicesMax, 0, long.MaxValue, "MappedDevicesMax");
        Require(configuration.PendingLpisMax, 0, int.MaxValue, "PendingLpisMax");
        Require(configuration.EventsMax, 1, int.MaxValue, "EventsMax");
        Check(configuration.Profile);
    }

    /// <exception cref="ArgumentOutOfRangeException">It is no number of INTIDs that a distributor has.</exception>
    public static void CheckIntIdLines(int count)
    {
        Require(count, LineUnit, 1024, "Profile.IntIdLines");
        Require(count % LineUnit, 0, 0, "Profile.IntIdLines % 32");
    }

    private static void Check(GicProfile profile)
    {
        Require(profile.ReportedIttEntryBytes, 1, 16, "Profile.ReportedIttEntryBytes");
        Require(profile.EventIdBits, 1, 32, "Profile.EventIdBits");
        Require(profile.DeviceIdBits, 1, 32, "Profile.DeviceIdBits");
        Require(profile.CollectionIdBits, 1, 16, "Profile.CollectionIdBits");
        Require(profile.HardwareCollections, 0, 255, "Profile.HardwareCollections");
        Require((long)profile.PageSizes, 1, (long)TablePageSizes.All, "Profile.PageSizes");
        Require(
            (long)profile.CommandErrorPolicy, 0, (long)CommandErrorPolicy.StallOnMemoryError,
            "Profile.CommandErrorPolicy");
        Require(profile.CommonLpiAff, 0, 3, "Profile.CommonLpiAff");
        Require(profile.IntIdBits, 14, 24, "Profile.IntIdBits");
        CheckIntIdLines(profile.IntIdLines);
        Require(profile.PriorityBits, 5, 7, "Profile.PriorityBits");
    }

    private static void Require(long value, long lowest, long highest, string property)
    {
        if (value < lowest || value > highest)
        {
            var accepted = lowest == highest ? $"{lowest}" : $"{lowest}..{highest}";
            throw new ArgumentOutOfRangeException(Parameter, value, $"{property} must be {accepted}.");
        }
    }
}
