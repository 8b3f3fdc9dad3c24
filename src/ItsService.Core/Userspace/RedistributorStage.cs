using ItsService.Core.Redistributors;
using ItsService.Core.Registers;

namespace ItsService.Core.Userspace;

/// <summary>What was written to a redistributor from outside the guest and is not in force yet.</summary>
internal sealed class RedistributorStage
{
    private bool? _enableLpis;

    /// <summary>GICR_CTLR.EnableLPIs.</summary>
    public bool? EnableLpis
    {
        get => _enableLpis;
        set
        {
            _enableLpis = value;
            WasDisabled |= value == false;
        }
    }

    /// <summary>
    /// Whether 0 was written to EnableLPIs, whatever followed: what was pending is given up, and a 1 behind it reads
    /// the pending table.
    /// </summary>
    public bool WasDisabled { get; private set; }

    /// <summary>GICR_PROPBASER as it was written to this one, also where it is shared.</summary>
    public ulong? Propbaser { get; set; }

    /// <summary>GICR_PENDBASER with PTZ.</summary>
    public ulong? Pendbaser { get; set; }

    /// <summary>Whether something comes of it.</summary>
    public bool HasEffect(Redistributor redistributor) =>
        TouchesLpis(redistributor)
        || (Propbaser is { } propbaser && propbaser != redistributor.Propbaser.Raw
            && !(redistributor.LpisEnabled && propbaser == redistributor.ConfigurationTable.Raw))
        || (Pendbaser is { } pendbaser && (redistributor.LpisEnabled
            ? new GicrPendbaser(pendbaser).AsRead != redistributor.Pendbaser.AsRead
            : pendbaser != redistributor.Pendbaser.Raw));

    /// <summary>Whether LPIs become enabled or disabled by it.</summary>
    public bool TouchesLpis(Redistributor redistributor) =>
        redistributor.LpisEnabled ? WasDisabled : EnableLpis == true;

    /// <summary>Whether LPIs are enabled at a redistributor and stay so, and its tables with them.</summary>
    public bool IsFixed(Redistributor redistributor) => redistributor.LpisEnabled && !WasDisabled;

    public bool IsEmpty => EnableLpis is null && Propbaser is null && Pendbaser is null;
}
