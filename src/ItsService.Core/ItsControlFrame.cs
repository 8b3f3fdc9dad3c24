using ItsService.Core.Memory;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;
using ItsService.Core.Submissions;

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
        Reset();
    }

    /// <summary>GITS_CTLR.Enabled.</summary>
    public bool IsEnabled { get; private set; }

    public ItsStatus Status { get; }

    public GitsBaser DeviceBaser => _basers[DeviceTableNumber];

    public GitsBaser CollectionBaser => _basers[CollectionTableNumber];

    private GicProfile Profile => _service.Parts.Profile;

    /// <summary>
    /// Quiescent reads 0 exactly while the ITS is enabled and commands wait that are not stalled.
    /// </summary>
    private ulong Control =>
        0UL.WithBit(EnabledBit, IsEnabled).WithBit(QuiescentBit, !_service.HasRunnableCommand);

    public void Reset()
    {
        IsEnabled = false;
        Status.Reset();
        Array.Clear(_basers);
        _basers[DeviceTableNumber] = new GitsBaser(Profile.DeviceBaserReset);
        _basers[CollectionTableNumber] = new GitsBaser(Profile.CollectionBaserReset);
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
                WriteBaser(index, new GitsBaser(value));
                break;
            default:
                // GITS_TRANSLATER: a store by a CPU has no DeviceID. Base registers do not move while enabled (13).
                break;
        }

        return MemoryOutcome.Ok;
    }

    public void NoteFault(AccessFault fault) => Status.Note(fault);

    private void WriteControl(bool enable)
    {
        var tablesAreValid = _service.Queue.Base.Valid && DeviceBaser.Valid
            && (CollectionBaser.Valid || Profile.HardwareCollections > 0);
        IsEnabled = enable && (IsEnabled || tablesAreValid || !Profile.EnableNeedsValidTables);
        if (!IsEnabled)
        {
            // The queue can move to another place from now on, so nothing is promised about what waits in it.
            _service.Submissions.EndAll(SubmittedCommandOutcome.ItsDisabled);
        }
    }

    /// <summary>A table that changes takes what was in it along (gits-registers 9, the newest kernel's rule).</summary>
    private void WriteBaser(int index, GitsBaser written)
    {
        var present = _basers[index];
        var accepted = written.WithFixedFieldsOf(present).Sanitized(Profile.AttributePolicy);
        accepted = accepted.WithPageSize(AcceptPageSize(accepted)).WithAlignedAddress();
        if (index == CollectionTableNumber && !Profile.TwoLevelCollectionTable)
        {
            accepted = accepted.WithIndirect(false);
        }

        _basers[index] = accepted;
        if (accepted == present)
        {
            return;
        }

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
    private ulong AcceptPageSize(GitsBaser written)
    {
        var size = written.PageSizeBytes switch
        {
            4096 => TablePageSizes.FourKiB,
            16384 => TablePageSizes.SixteenKiB,
            _ => TablePageSizes.SixtyFourKiB,
        };
        if (Profile.PageSizes.HasFlag(size) && Profile.PageSizes != size)
        {
            return written.Raw.Field(9, 8);
        }

        return Profile.PageSizes.HasFlag(TablePageSizes.SixtyFourKiB) ? 2UL
            : Profile.PageSizes.HasFlag(TablePageSizes.SixteenKiB) ? 1UL : 0UL;
    }
}
