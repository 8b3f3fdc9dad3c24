using ItsService.Core;
using ItsService.Server.Memory;
using ItsService.Server.Msis.Injection;
using ItsService.Server.Sessions;
using ItsService.Server.Specs;
using ItsService.Server.State;
using ItsService.Server.Telemetry;
using ItsService.Server.Tracing;
using ItsService.Server.Watching;

namespace ItsService.Server.Machines;

/// <summary>
/// What a VM's gate guards: nobody touches this outside it, except <see cref="Spec"/> and <see cref="Shape"/>.
/// </summary>
internal sealed class VmContent
{
    private volatile V1.VmSpec _spec;
    private volatile VirtualGicConfiguration _shape;

    /// <param name="plan">The VM.</param>
    /// <param name="name">"vms/{vm}".</param>
    /// <param name="surroundings">What it shares with all others.</param>
    public VmContent(VmPlan plan, string name, VmSurroundings surroundings)
    {
        Name = name;
        HasIntIdLines = plan.NamesIntIdLines;
        _spec = plan.Spec;
        _shape = plan.Configuration;
        Limits = surroundings.Limits;
        Memory = new VmMemory(plan.Regions, surroundings.Limits, surroundings.Memory);
        Gic = new VirtualGic(plan.Configuration, Memory);
        Telemetry = new VmTelemetry(name, surroundings.Instruments, surroundings.MetricsPerVm, Gic.Counters);
        Memory.Telemetry = Telemetry;
        Stalls = new StallTimes(Gic, surroundings.Time);
        Watches = new VcpuWatches(name, surroundings.Limits);
        Traces = new VmTraces(name, Gic, surroundings.Limits);
        Lines = new LineReport(Gic, Watches);
        Submissions = new SubmissionWaits(Gic);
        Sessions = new VmSessions(name, this, surroundings.Limits, surroundings.Time);
        Senders = new MsiSenders(name, surroundings.Limits);
    }

    /// <summary>"vms/{vm}".</summary>
    public string Name { get; }

    /// <summary>What clients may ask for.</summary>
    public ItsServerLimits Limits { get; }

    /// <summary>The controller.</summary>
    public VirtualGic Gic { get; }

    /// <summary>Guest RAM.</summary>
    public VmMemory Memory { get; }

    /// <summary>What is measured of it. This may be used outside the gate as well.</summary>
    public VmTelemetry Telemetry { get; }

    /// <summary>Since when its queues have been stalled.</summary>
    public StallTimes Stalls { get; }

    /// <summary>Which lines have changed since callers were last told.</summary>
    public LineReport Lines { get; }

    /// <summary>Who waits for commands in a queue.</summary>
    public SubmissionWaits Submissions { get; }

    /// <summary>Who is attached, and what it is told.</summary>
    public VmSessions Sessions { get; }

    /// <summary>Who sends streams of messages.</summary>
    public MsiSenders Senders { get; }

    /// <summary>Who watches the lines.</summary>
    public VcpuWatches Watches { get; }

    /// <summary>Who traces the VM.</summary>
    public VmTraces Traces { get; }

    /// <summary>
    /// What requests are checked against outside the gate. It does not change but for frames that get a place, and for
    /// the number of INTIDs of a VM that waits for INIT.
    /// </summary>
    public VirtualGicConfiguration Shape => _shape;

    /// <summary>
    /// Whether the redistributors were given one region for all of them (KVM's REDIST), beside which there is no other.
    /// </summary>
    public bool HasOneRegionForAll { get; set; }

    /// <summary>Whether somebody has said how many INTIDs there are, which is done once.</summary>
    public bool HasIntIdLines { get; private set; }

    /// <summary>
    /// The save that lets the queues end while guests and devices wait; the same one as long as nobody else has paused
    /// or resumed the VM, and null when there is none.
    /// </summary>
    public SaveHold? Hold { get; set; }

    /// <summary>Whether an error of ours has stopped it: it is looked into, and nothing else.</summary>
    public bool IsFaulted { get; set; }

    /// <summary>Whether remote memory is being brought for the commands that are next: nobody else runs any.</summary>
    public bool IsFetchingForCommands { get; set; }

    /// <summary>
    /// With every default filled in. Replaced as a whole and never changed, since answers that hold it are sent outside
    /// the gate; so it may be read there, too, as nothing else here may.
    /// </summary>
    public V1.VmSpec Spec
    {
        get => _spec;
        set => _spec = value;
    }

    /// <summary>Completes a VM that waited for it.</summary>
    public void Initialize()
    {
        if (_spec.AwaitsInit)
        {
            _spec = CompletedSpec.Initialized(_spec);
        }
    }

    /// <summary>Gives another number of INTIDs to a VM that waits for INIT.</summary>
    public void SetIntIdLines(int count)
    {
        Gic.Userspace.SetIntIdLines(count);
        HasIntIdLines = true;
        _shape = _shape with { Profile = Gic.Profile };
        _spec = CompletedSpec.WithIntIdLines(_spec, count);
    }

    /// <summary>Gives places to frames that had none.</summary>
    public void Place(FrameLayout layout)
    {
        Gic.Userspace.Place(layout);
        _shape = _shape with { Layout = layout };
        _spec = CompletedSpec.WithPlaces(_spec, layout);
    }
}
