using ItsService.Core.Memory;
using ItsService.Core.Registers;

namespace ItsService.Core.Redistributors;

/// <summary>What is done to a redistributor's LPIs from outside the guest.</summary>
internal sealed partial class Redistributor
{
    /// <summary>
    /// GICR_PROPBASER, which is all vCPUs' where it is shared. What is in use stays so while LPIs are enabled.
    /// </summary>
    public GicrPropbaser Propbaser
    {
        get => PropbaserKeeper._ownPropbaser;
        set
        {
            PropbaserKeeper._ownPropbaser = value;
            _parts.ConfigurationReaders.NoteChange();
        }
    }

    /// <summary>
    /// Has LPIs enabled with this value the next time, where the register is shared and may hold another one.
    /// </summary>
    public void EnableNextWith(GicrPropbaser value)
    {
        _propbaserToBe = value;
        _parts.ConfigurationReaders.NoteChange();
    }

    /// <summary>GICR_PENDBASER with PTZ. It is set while LPIs are disabled.</summary>
    public GicrPendbaser Pendbaser
    {
        get => _pendbaser;
        set => _pendbaser = value;
    }

    /// <summary>As a write of GICR_CTLR does.</summary>
    public MemoryOutcome EnableLpis(out LpiEnableFindings findings) =>
        WriteControl(enableLpis: true, out findings);

    /// <summary>Disables LPIs without a write of the pending table.</summary>
    public void ForgetLpis()
    {
        LpisEnabled = false;
        Lpis.Clear();
        RefreshTakenLpis();
    }

    /// <summary>
    /// Writes what is pending into the pending table, and leaves it pending. While LPIs are disabled the table is
    /// software's. A table that cannot be written is no fault where nobody misses it.
    /// </summary>
    public MemoryOutcome WritePendingTable()
    {
        if (!LpisEnabled)
        {
            return MemoryOutcome.Ok;
        }

        var transition = new LpiEnableTransition(_parts, this, _pendbaser);
        var outcome = transition.WriteTable();
        return outcome.Status == MemoryStatus.Fault && !NeedsPendingTable
            ? transition.ProbeForZeros()
            : outcome;
    }

    /// <summary>Whether something is pending here, or an event can make it so.</summary>
    public bool NeedsPendingTable => Lpis.Count > 0 || HasMappedLpis;

    /// <summary>Whether an event maps an LPI to this redistributor.</summary>
    public bool HasMappedLpis => _parts.Configurations.IsAnyIn(new LpisTargeting(_parts.Configurations, this));

    /// <summary>
    /// Reads anew the configurations of all LPIs that concern this redistributor: those whose collection targets it,
    /// and those pending here.
    /// </summary>
    public MemoryOutcome InvalidateAll()
    {
        Span<byte> piece = stackalloc byte[LpiConfigurationRefresh.PieceBytes];
        var refresh = new LpiConfigurationRefresh(_parts, this, piece);
        var outcome = refresh.CollectKnown(new LpisConcerning(_parts.Configurations, this));
        if (outcome.IsOk)
        {
            refresh.Commit();
        }

        return outcome;
    }
}
