using ItsService.Core.Commands;
using ItsService.Core.CpuInterface;
using ItsService.Core.Diagnostics;
using ItsService.Core.Distributor;
using ItsService.Core.Events;
using ItsService.Core.Identifiers;
using ItsService.Core.Memory;
using ItsService.Core.Profiles;
using ItsService.Core.Redistributors;
using ItsService.Core.Tracing;

namespace ItsService.Core;

/// <summary>
/// The parts of one VM's controller, as they reach one another. Put together once, by <see cref="VirtualGic"/>.
/// </summary>
internal sealed class GicParts
{
    public GicParts(VirtualGicConfiguration configuration, IGuestMemory memory)
    {
        Configuration = configuration;
        Layout = configuration.Layout;
        Memory = memory;
        Events = new EventBuffer(configuration.EventsMax);
        Affinities = new AffinityIndex(configuration.Affinities, TyperValues.HasAff3(configuration.Profile));
        Lines = new VcpuLines(this, configuration.Affinities.Count);
        Configurations = new LpiConfigurations(this);
        ConfigurationReaders = new ConfigurationReaders(this);
        Distributor = new Distributor.Distributor(this);
        Redistributors =
            [.. configuration.Affinities.Select((affinity, index) => new Redistributor(this, new(index), affinity))];
        CpuInterfaces = [.. Redistributors.Select(redistributor => new CpuInterface.CpuInterface(this, redistributor))];
        Services =
        [
            .. Enumerable.Range(0, configuration.ItsCount)
                .Select(number => new InterruptTranslationService(this, number)),
        ];
    }

    public VirtualGicConfiguration Configuration { get; private set; }

    public GicProfile Profile => Configuration.Profile;

    /// <summary>Where the frames lie; it grows as places are set that were open.</summary>
    public FrameLayout Layout { get; set; }

    public IGuestMemory Memory { get; }

    public EventBuffer Events { get; }

    public CommandHistory History { get; } = new();

    public GicCounters Counters { get; } = new();

    /// <summary>Where everything that happens is told; null while nobody wants to know.</summary>
    public TraceTap? Trace
    {
        get;
        set
        {
            field = value;
            Events.Trace = value;
        }
    }

    /// <summary>What accesses and commands cost, so that an entry into the controller can be kept short.</summary>
    public WorkCount Work { get; } = new();

    public VcpuLines Lines { get; }

    /// <summary>Which vCPU software means.</summary>
    public AffinityIndex Affinities { get; }

    /// <summary>The interrupts that have ended and that devices are to be told of.</summary>
    public EndedInterrupts Ended { get; } = new();

    public LpiConfigurations Configurations { get; }

    public ConfigurationReaders ConfigurationReaders { get; }

    /// <summary>Empty chunks of the redistributors' sets of LPIs.</summary>
    public IntIdChunkPool ChunkPool { get; } = new();

    public Distributor.Distributor Distributor { get; }

    public Redistributor[] Redistributors { get; }

    public CpuInterface.CpuInterface[] CpuInterfaces { get; }

    public InterruptTranslationService[] Services { get; }

    /// <summary>Gives the distributor another number of INTIDs, and the state of a reset.</summary>
    public void SetIntIdLines(int count)
    {
        Configuration = Configuration with { Profile = Profile with { IntIdLines = count } };
        Distributor.Resize();
        foreach (var redistributor in Redistributors)
        {
            redistributor.Direct.SpisChanged();
            Lines.Touch(redistributor.Index);
        }

        BeginHistory();
    }

    /// <summary>After a reset nothing was before.</summary>
    public void BeginHistory()
    {
        History.Forget();
        Distributor.BeginHistory();
        foreach (var redistributor in Redistributors)
        {
            redistributor.PrivateInterrupts.BeginHistory();
        }
    }

    /// <summary>The ITS that has its turn first in the next step.</summary>
    public int FirstToStep { get; set; }

    /// <summary>
    /// The devices mapped in all ITSs, held under <see cref="VirtualGicConfiguration.MappedDevicesMax"/>.
    /// </summary>
    public long MappedDeviceCount { get; set; }

    /// <summary>
    /// The events mapped in all ITSs, held under <see cref="VirtualGicConfiguration.MappedEventsMax"/>.
    /// </summary>
    public long MappedEventCount { get; set; }
}
