using ItsService.Core;
using ItsService.Core.Memory;
using ItsService.Server.Specs;

namespace ItsService.Server.Machines;

/// <summary>What a VM's gate guards: nobody touches this outside it.</summary>
internal sealed class VmContent
{
    /// <param name="plan">The VM.</param>
    /// <param name="limits">What it may spend.</param>
    public VmContent(VmPlan plan, ItsServerLimits limits)
    {
        Spec = plan.Spec;
        Memory = new SparseGuestMemory(plan.Regions, limits.HostedMemoryBytesPerVmMax);
        Gic = new VirtualGic(plan.Configuration, Memory);
        Lines = new LineReport(Gic);
        Submissions = new SubmissionWaits(Gic);
    }

    /// <summary>The controller.</summary>
    public VirtualGic Gic { get; }

    /// <summary>Guest RAM.</summary>
    public SparseGuestMemory Memory { get; }

    /// <summary>Which lines have changed since callers were last told.</summary>
    public LineReport Lines { get; }

    /// <summary>Who waits for commands in a queue.</summary>
    public SubmissionWaits Submissions { get; }

    /// <summary>
    /// With every default filled in. Replaced as a whole and never changed, since answers that hold it are sent outside
    /// the gate.
    /// </summary>
    public V1.VmSpec Spec { get; set; }
}
