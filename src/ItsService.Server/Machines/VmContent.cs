using ItsService.Core;
using ItsService.Server.Memory;
using ItsService.Server.Specs;

namespace ItsService.Server.Machines;

/// <summary>What a VM's gate guards: nobody touches this outside it, except <see cref="Spec"/>.</summary>
internal sealed class VmContent
{
    private volatile V1.VmSpec _spec;

    /// <param name="plan">The VM.</param>
    /// <param name="limits">What it may spend.</param>
    /// <param name="memoryOfAll">What all VMs together may.</param>
    public VmContent(VmPlan plan, ItsServerLimits limits, HostedMemoryBudget memoryOfAll)
    {
        _spec = plan.Spec;
        Memory = new HostedMemory(plan.Regions, limits, memoryOfAll);
        Gic = new VirtualGic(plan.Configuration, Memory);
        Lines = new LineReport(Gic);
        Submissions = new SubmissionWaits(Gic);
    }

    /// <summary>The controller.</summary>
    public VirtualGic Gic { get; }

    /// <summary>Guest RAM.</summary>
    public HostedMemory Memory { get; }

    /// <summary>Which lines have changed since callers were last told.</summary>
    public LineReport Lines { get; }

    /// <summary>Who waits for commands in a queue.</summary>
    public SubmissionWaits Submissions { get; }

    /// <summary>
    /// With every default filled in. Replaced as a whole and never changed, since answers that hold it are sent outside
    /// the gate; so it may be read there, too, as nothing else here may.
    /// </summary>
    public V1.VmSpec Spec
    {
        get => _spec;
        set => _spec = value;
    }
}
