using ItsService.Core.Identifiers;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;
using ItsService.Core.Translation;

namespace ItsService.Core;

/// <summary>
/// GITS_STATUSR and GITS_UMSIR, where a profile has them (gits-registers section 7). Errors of commands never show
/// here.
/// </summary>
internal sealed class ItsStatus(GicProfile profile)
{
    private const int UnmappedBit = 4;
    private const int OverflowBit = 5;

    private ulong _flags;

    /// <summary>GITS_STATUSR.</summary>
    public ulong Statusr => _flags;

    /// <summary>GITS_UMSIR: the DeviceID and EventID of the first unmapped message since UMSI was cleared.</summary>
    public ulong Umsir { get; private set; }

    /// <summary>A write of GITS_STATUSR clears the bits that are written as one.</summary>
    public void Clear(ulong ones) => _flags &= ~ones;

    public void Note(AccessFault fault)
    {
        if (profile.HasStatusRegister)
        {
            _flags |= 1UL << (int)fault;
        }
    }

    /// <summary>Records a dropped message. One that a redistributor dropped was mapped, and is not recorded.</summary>
    public void NoteDropped(DeviceId device, EventId eventId, MsiOutcome outcome)
    {
        var records = profile is { HasStatusRegister: true, RecordsUnmappedMessages: true };
        if (!records || Syndrome(outcome) is not { } why)
        {
            return;
        }

        if (_flags.Bit(UnmappedBit))
        {
            _flags = _flags.WithBit(OverflowBit, true);
            return;
        }

        _flags = _flags.WithBit(UnmappedBit, true).WithField(9, 6, why);
        Umsir = ((ulong)device.Value << 32) | eventId.Value;
    }

    /// <summary>Takes GITS_STATUSR and GITS_UMSIR as they were saved.</summary>
    public void Restore(ulong statusr, ulong umsir) => (_flags, Umsir) = (statusr, umsir);

    private static ulong? Syndrome(MsiOutcome outcome) => outcome switch
    {
        MsiOutcome.DroppedDeviceOutOfRange or MsiOutcome.DroppedLevel1Invalid => 2,
        MsiOutcome.DroppedDeviceUnmapped => 3,
        MsiOutcome.DroppedEventOutOfRange => 4,
        MsiOutcome.DroppedEventUnmapped => 5,
        MsiOutcome.DroppedCollectionUnmapped => 7,
        _ => null,
    };
}
