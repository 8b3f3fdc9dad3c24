using ItsService.ReferenceModel;
using ItsService.Simulation.Running;
using ItsService.Simulation.Steps;

namespace ItsService.Simulation.Coverage;

/// <summary>
/// What the commands that succeed find and change: one that is done may have had nothing to do, and a run in which that
/// is so each time has tried nothing.
/// </summary>
internal sealed class CommandEffects(ModelPair pair, CoverageCounts coverage)
{
    private const string MapdAgain = "MAPD of a mapped device";
    private const string MapdUnmaps = "MAPD V=0 of a mapped device";
    private const string MapdUnmapsNothing = "MAPD V=0 of an unmapped device";
    private const string MapcElsewhere = "MAPC to another vCPU";
    private const string MapcMoves = "MAPC takes pending LPIs along";
    private const string MapcRevives = "MAPC of an unmapped collection of events";
    private const string MapcUnmaps = "MAPC V=0 of a mapped collection";
    private const string MaptiAgain = "MAPTI or MAPI of a mapped event";
    private const string MaptiShares = "MAPTI or MAPI of another event's LPI";
    private const string MoviMoves = "MOVI takes a pending LPI along";
    private const string MovallMoves = "MOVALL moves pending LPIs";
    private const string DiscardEnds = "DISCARD ends a pending state";
    private const string ClearEnds = "CLEAR ends a pending state";
    private const string InvChanges = "INV changes a configuration";
    private const string InvallChanges = "INVALL changes a configuration";

    private readonly VisibleState _state = new(pair);
    private int _its;
    private Slot _slot;
    private ReferenceDevice? _device;
    private bool _isEventMapped;
    private bool _isLpiMapped;
    private int? _target;

    /// <summary>The names of all of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        MapdAgain, MapdUnmaps, MapdUnmapsNothing, MapcElsewhere, MapcMoves, MapcRevives, MapcUnmaps, MaptiAgain,
        MaptiShares, MoviMoves, MovallMoves, DiscardEnds, ClearEnds, InvChanges, InvallChanges,
    ];

    private byte Opcode => (byte)_slot.Dw0;

    private bool Valid => _slot.Dw2 >> 63 != 0;

    private uint CollectionId => (ushort)_slot.Dw2;

    /// <summary>Notes what an ITS's next command finds.</summary>
    public void Begin(int its, ReadOnlySpan<byte> slot)
    {
        (_its, _slot) = (its, Slot.Of(slot));
        switch (Opcode)
        {
            case 0x08:
                _device = Device();
                break;
            case 0x09:
                _target = Target();
                _state.NotePending();
                break;
            case 0x0A or 0x0B:
                NoteEvents(Opcode == 0x0A ? (uint)(_slot.Dw1 >> 32) : (uint)_slot.Dw1);
                break;
            case 0x01 or 0x0E or 0x0F or 0x04:
                _state.NotePending();
                break;
            case 0x0C or 0x0D:
                _state.NoteConfigurations();
                break;
            default:
                break;
        }
    }

    /// <summary>Counts what the reference did when it ran that command.</summary>
    public void End(in ReferenceCommand command)
    {
        if (command.Code != 0)
        {
            return;
        }

        switch (Opcode)
        {
            case 0x08:
                Count(_device is not null ? (Valid ? MapdAgain : MapdUnmaps) : Valid ? null : MapdUnmapsNothing);
                break;
            case 0x09:
                EndMapc();
                break;
            case 0x0A or 0x0B:
                Count(_isEventMapped ? MaptiAgain : null);
                Count(_isLpiMapped ? MaptiShares : null);
                break;
            case 0x01:
                Count(_state.HasPendingChanged() ? MoviMoves : null);
                break;
            case 0x0E:
                Count(_state.HasPendingChanged() ? MovallMoves : null);
                break;
            case 0x0F:
                Count(_state.HasPendingChanged() ? DiscardEnds : null);
                break;
            case 0x04:
                Count(_state.HasPendingChanged() ? ClearEnds : null);
                break;
            case 0x0C:
                Count(_state.HaveConfigurationsChanged() ? InvChanges : null);
                break;
            case 0x0D:
                Count(_state.HaveConfigurationsChanged() ? InvallChanges : null);
                break;
            default:
                break;
        }
    }

    private void EndMapc()
    {
        if (!Valid)
        {
            Count(_target is null ? null : MapcUnmaps);
            return;
        }

        if (_target is null)
        {
            var hasEvents = pair.Reference.MappedDevices(_its)
                .Any(device => device.Events.Values.Any(mapped => mapped.CollectionId == CollectionId));
            Count(hasEvents ? MapcRevives : null);
            return;
        }

        Count(Target() != _target ? MapcElsewhere : null);
        Count(_state.HasPendingChanged() ? MapcMoves : null);
    }

    private void NoteEvents(uint lpi)
    {
        var eventId = (uint)_slot.Dw1;
        _device = Device();
        _isEventMapped = _device?.Events.ContainsKey(eventId) == true;
        _isLpiMapped = Enumerable.Range(0, pair.Shape.ItsCount).SelectMany(pair.Reference.MappedDevices).Any(device =>
            device.Events.Any(entry => entry.Value.Lpi == lpi && (device != _device || entry.Key != eventId)));
    }

    private ReferenceDevice? Device()
    {
        var deviceId = (uint)(_slot.Dw0 >> 32);
        return pair.Reference.MappedDevices(_its).FirstOrDefault(device => device.DeviceId == deviceId);
    }

    private int? Target() =>
        pair.Reference.MappedCollections(_its).TryGetValue(CollectionId, out var target) ? target : null;

    private void Count(string? name)
    {
        if (name is not null)
        {
            coverage.Count(name);
        }
    }
}
