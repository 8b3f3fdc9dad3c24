using ItsService.Core.Memory;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;
using ItsService.Core.State;
using ItsService.Core.Submissions;
using ItsService.Core.Tracing;

namespace ItsService.Core;

/// <summary>The registers of an ITS's control frame (gits-registers).</summary>
internal sealed class ItsControlFrame : IRegisterBlock
{
    private const int EnabledBit = 0;
    private const int QuiescentBit = 31;
    private const int DeviceTableNumber = 0;
    private const int CollectionTableNumber = 1;

    private readonly InterruptTranslationService _service;
    private readonly GitsBaser[] _basers = new GitsBaser[GitsBaser.Count];

    public ItsControlFrame(InterruptTranslationService service)
    {
        _service = service;
        Status = new ItsStatus(service.Parts.Profile);
        Restore(StateAtReset);
    }

    /// <summary>GITS_CTLR.Enabled.</summary>
    public bool IsEnabled { get; private set; }

    public ItsStatus Status { get; }

    public GitsBaser DeviceBaser => _basers[DeviceTableNumber];

    public GitsBaser CollectionBaser => _basers[CollectionTableNumber];

    /// <summary>GITS_BASERn.</summary>
    public GitsBaser Baser(int number) => _basers[number];

    private GicProfile Profile => _service.Parts.Profile;

    /// <summary>
    /// Quiescent reads 0 exactly while the ITS is enabled and commands wait that are not stalled.
    /// </summary>
    private ulong Control =>
        0UL.WithBit(EnabledBit, IsEnabled).WithBit(QuiescentBit, !_service.HasRunnableCommand);

    public ItsControlFrameState StateAtReset => new(
        IsEnabled: false,
        Basers: [.. Enumerable.Range(0, GitsBaser.Count).Select(number => BaserAtReset(number, Profile).Raw)],
        Statusr: 0,
        Umsir: 0);

    public ItsControlFrameState Save() =>
        new(IsEnabled, [.. _basers.Select(baser => baser.Raw)], Status.Statusr, Status.Umsir);

    public void Restore(ItsControlFrameState state)
    {
        (IsEnabled, var basers, var statusr, var umsir) = state;
        Status.Restore(statusr, umsir);
        for (var number = 0; number < GitsBaser.Count; number++)
        {
            _basers[number] = new GitsBaser(basers[number]);
        }
    }

    public ulong ReadRegister(RegisterRow row, int index) => row.Id switch
    {
        RegisterId.GitsCtlr => Control,
        RegisterId.GitsIidr => Profile.GitsIidr,
        RegisterId.GitsTyper => TyperValues.Gits(Profile),
        RegisterId.GitsCbaser => _service.Queue.Base.Raw,
        RegisterId.GitsCwriter => _service.Queue.Cwriter,
        RegisterId.GitsCreadr => _service.Queue.Creadr,
        RegisterId.GitsBaser => _basers[index].Raw,
        RegisterId.Identification => Profile.GitsIdentification.At(row.Offset),
        RegisterId.GitsStatusr => Status.Statusr,
        RegisterId.GitsUmsir => Status.Umsir,
        // MPAMIDR, PARTIDR and MPIDR are not built.
        _ => 0,
    };

    public MemoryOutcome WriteRegister(RegisterRow row, int index, ulong value)
    {
        switch (row.Id)
        {
            case RegisterId.GitsCtlr:
                WriteControl(value.Bit(EnabledBit));
                break;
            case RegisterId.GitsCbaser when !IsEnabled:
                _service.Queue.SetBase(
                    new GitsCbaser(value).Sanitized(Profile.AttributePolicy), Profile.CbaserClearsCwriter);
                break;
            case RegisterId.GitsStatusr:
                Status.Clear(value);
                break;
            case RegisterId.GitsCwriter:
                _service.Queue.SetWriteOffset(value, Profile);
                _service.Submissions.EndBeyond(_service.Queue);
                break;
            case RegisterId.GitsBaser when !IsEnabled && _basers[index].Type != TableType.Unimplemented:
                ReplaceBaser(index, new GitsBaser(value));
                break;
            default:
                // GITS_TRANSLATER: a store by a CPU has no DeviceID. Base registers do not move while enabled (13).
                break;
        }

        return MemoryOutcome.Ok;
    }

    public void NoteFault(AccessFault fault) => Status.Note(fault);

    /// <summary>Whether the queue and the tables that an enabled ITS needs are valid.</summary>
    public static bool HasValidTables(GitsCbaser queue, GitsBaser devices, GitsBaser collections, GicProfile profile) =>
        queue.Valid && devices.Valid && (collections.Valid || profile.HardwareCollections > 0);

    public static GitsBaser BaserAtReset(int number, GicProfile profile) => new(number switch
    {
        DeviceTableNumber => profile.DeviceBaserReset,
        CollectionTableNumber => profile.CollectionBaserReset,
        _ => 0,
    });

    /// <summary>What GITS_BASERn holds after it was written.</summary>
    public static GitsBaser AcceptedBaser(int number, GitsBaser written, GicProfile profile)
    {
        var fixedFields = BaserAtReset(number, profile);
        if (fixedFields.Type == TableType.Unimplemented)
        {
            return fixedFields;
        }

        var accepted = written.WithFixedFieldsOf(fixedFields).Sanitized(profile.AttributePolicy);
        accepted = accepted.WithPageSize(AcceptedPageSize(accepted, profile)).WithAlignedAddress();
        return number == CollectionTableNumber && !profile.TwoLevelCollectionTable
            ? accepted.WithIndirect(false)
            : accepted;
    }

    private void WriteControl(bool enable)
    {
        var wasEnabled = IsEnabled;
        IsEnabled = enable && (IsEnabled || HasValidTables() || !Profile.EnableNeedsValidTables);
        _service.Parts.Trace?.NoteSwitch(
            TracedRegister.GitsCtlr, wasEnabled ? 1u : 0, IsEnabled ? 1u : 0, its: _service.Number);
        if (!IsEnabled)
        {
            // The queue can move to another place from now on, so nothing is promised about what waits in it.
            _service.Submissions.EndAll(SubmittedCommandOutcome.ItsDisabled);
        }
    }

    /// <summary>Whether the queue and the tables that an enabled ITS needs are valid.</summary>
    public bool HasValidTables() => HasValidTables(_service.Queue.Base, DeviceBaser, CollectionBaser, Profile);

    /// <summary>
    /// Takes GITS_BASERn. A table that changes takes what was in it along (gits-registers 9, the newest kernel's rule).
    /// </summary>
    public void ReplaceBaser(int index, GitsBaser written)
    {
        var present = _basers[index];
        var accepted = AcceptedBaser(index, written, Profile);
        _basers[index] = accepted;
        if (accepted != present)
        {
            ForgetTable(index);
        }
    }

    /// <summary>Forgets what is mapped in the table of GITS_BASERn.</summary>
    public void ForgetTable(int index)
    {
        if (index == DeviceTableNumber)
        {
            _service.RemoveAllDevices();
        }
        else
        {
            // Those that hardware holds are in no table.
            _service.Parts.Work.AddLpis(_service.Collections.Count);
            _service.Collections.ClearFrom((uint)Profile.HardwareCollections);
        }
    }

    /// <summary>
    /// The encoding that is stored: as written when that size is taken, else the largest that is. A field with one size
    /// alone is fixed, so that the reserved encoding does not read back there either.
    /// </summary>
    private static ulong AcceptedPageSize(GitsBaser written, GicProfile profile)
    {
        var size = written.PageSizeBytes switch
        {
            4096 => TablePageSizes.FourKiB,
            16384 => TablePageSizes.SixteenKiB,
            _ => TablePageSizes.SixtyFourKiB,
        };
        if (profile.PageSizes.HasFlag(size) && profile.PageSizes != size)
        {
            return written.Raw.Field(9, 8);
        }

        return profile.PageSizes.HasFlag(TablePageSizes.SixtyFourKiB) ? 2UL
            : profile.PageSizes.HasFlag(TablePageSizes.SixteenKiB) ? 1UL : 0UL;
    }
}
