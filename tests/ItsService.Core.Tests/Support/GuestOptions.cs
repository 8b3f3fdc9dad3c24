using ItsService.Core.Events;
using ItsService.Core.Profiles;

namespace ItsService.Core.Tests.Support;

/// <summary>What a test's guest differs in from the standard one.</summary>
internal sealed record GuestOptions
{
    public GicProfile Profile { get; init; } = GicProfiles.Kvm;

    public int VcpuCount { get; init; } = 4;

    /// <summary>How many frames the redistributors' region has, where not one for each vCPU.</summary>
    public int? RedistributorFrames { get; init; }

    public int ItsCount { get; init; } = 1;

    public int InlineCommandsMax { get; init; } = 2048;

    /// <summary>Without the memory that records and fails, which allocates.</summary>
    public bool ReachesRamDirectly { get; init; }

    public long MappedDevicesMax { get; init; } = 1L << 20;

    public long MappedEventsMax { get; init; } = 4L << 20;

    public int PendingLpisMax { get; init; } = 1 << 17;

    public int EventsMax { get; init; } = EventBuffer.DefaultCapacity;
}
