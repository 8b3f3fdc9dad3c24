using ItsService.Core;
using ItsService.ReferenceModel;
using ItsService.Simulation.Running;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Coverage;

/// <summary>What writes to registers change beyond the registers.</summary>
internal sealed class RegisterEffects(ModelPair pair, CoverageCounts coverage)
{
    private const string EnableReads = "LPIs enabled: pending ones found in memory";
    private const string DisableWrites = "LPIs disabled: pending ones left in memory";
    private const string DisableLoses = "LPIs disabled: pending ones lost";
    private const string ClearEnds = "GICR_CLRLPIR ends a pending state";
    private const string InvalidateChanges = "GICR_INVLPIR changes a configuration";
    private const string InvalidateAllChanges = "GICR_INVALLR changes a configuration";
    private const string BaserForgets = "GITS_BASERn: mappings forgotten";
    private const string QueueGoesOn = "stalled queue goes on";

    private const int RedistributorCtlr = 0x0000;
    private const int Clrlpir = 0x0048;
    private const int Invlpir = 0x00A0;
    private const int Invallr = 0x00B0;
    private const uint Creadr = 0x0090;
    private const int FirstBaser = 0x0100;
    private const int LastBaser = 0x013F;

    private readonly VisibleState _state = new(pair);
    private int _pendingCount;
    private int _mappingCount;
    private long _lostLpis;
    private bool _isStalled;

    /// <summary>The names of all of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        EnableReads, DisableWrites, DisableLoses, ClearEnds, InvalidateChanges, InvalidateAllChanges, BaserForgets,
        QueueGoesOn,
    ];

    /// <summary>Notes what a write finds.</summary>
    public void Begin(WriteStep step)
    {
        if (step.Frame == FrameKind.Gits)
        {
            _mappingCount = MappingCount(step.Index);
            _isStalled = IsStalled(step.Index);
        }
        else if (step is { Frame: FrameKind.Gicr, Offset: Invlpir or Invallr })
        {
            _state.NoteConfigurations();
        }
        else if (step is { Frame: FrameKind.Gicr, Offset: RedistributorCtlr or Clrlpir })
        {
            _pendingCount = pair.Reference.PendingLpis(step.Index).Count;
            _lostLpis = pair.Reference.LostLpis;
        }
    }

    /// <summary>Counts what the reference did with it.</summary>
    public void End(WriteStep step)
    {
        switch (step)
        {
            case { Frame: FrameKind.Gits }:
                CountIf(_isStalled && !IsStalled(step.Index), QueueGoesOn);
                CountIf(
                    step.Offset is >= FirstBaser and <= LastBaser && MappingCount(step.Index) < _mappingCount,
                    BaserForgets);
                break;
            case { Frame: FrameKind.Gicr, Offset: RedistributorCtlr }:
                CountIf(pair.Reference.PendingLpis(step.Index).Count > _pendingCount, EnableReads);
                CountIf(pair.ReferenceMemory.Writes.Count > 0, DisableWrites);
                CountIf(pair.Reference.LostLpis > _lostLpis, DisableLoses);
                break;
            case { Frame: FrameKind.Gicr, Offset: Clrlpir }:
                CountIf(pair.Reference.PendingLpis(step.Index).Count < _pendingCount, ClearEnds);
                break;
            case { Frame: FrameKind.Gicr, Offset: Invlpir }:
                CountIf(_state.HaveConfigurationsChanged(), InvalidateChanges);
                break;
            case { Frame: FrameKind.Gicr, Offset: Invallr }:
                CountIf(_state.HaveConfigurationsChanged(), InvalidateAllChanges);
                break;
            default:
                break;
        }
    }

    private int MappingCount(int its) =>
        pair.Reference.MappedDevices(its).Count + pair.Reference.MappedCollections(its).Count;

    private bool IsStalled(int its) => (pair.Reference.ReadRegister(ReferenceFrame.Its, its, Creadr, 8) & 1) != 0;

    private void CountIf(bool condition, string name)
    {
        if (condition)
        {
            coverage.Count(name);
        }
    }
}
