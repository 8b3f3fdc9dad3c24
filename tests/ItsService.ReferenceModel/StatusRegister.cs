namespace ItsService.ReferenceModel;

/// <summary>GITS_STATUSR and GITS_UMSIR: gits 7, decision 0004.</summary>
internal sealed class StatusRegister(ReferenceProfile profile)
{
    private const int ReservedRead = 0;
    private const int ReservedWrite = 1;
    private const int WriteOnlyRead = 2;
    private const int ReadOnlyWrite = 3;
    private const int UnmappedMsi = 4;
    private const int Overflow = 5;

    public ulong Statusr { get; private set; }

    public ulong Umsir { get; private set; }

    public void Reset()
    {
        Statusr = 0;
        Umsir = 0;
    }

    public void NoteReservedRead() => Set(ReservedRead);

    public void NoteReservedWrite() => Set(ReservedWrite);

    public void NoteWriteOnlyRead() => Set(WriteOnlyRead);

    public void NoteReadOnlyWrite() => Set(ReadOnlyWrite);

    /// <summary>Every bit is cleared by writing it as one.</summary>
    public void Clear(ulong ones) => Statusr &= ~ones;

    /// <summary>The first message stays until UMSI is cleared.</summary>
    public void NoteUnmapped(uint deviceId, uint eventId, ReferenceMsiOutcome outcome)
    {
        var syndrome = Syndrome(outcome);
        if (!profile.HasStatusRegister || !profile.ReportsUnmappedMsis || syndrome == 0)
        {
            return;
        }

        if (Statusr.Bit(UnmappedMsi))
        {
            Set(Overflow);
            return;
        }

        Set(UnmappedMsi);
        Statusr = Statusr.WithField(9, 6, syndrome);
        Umsir = ((ulong)deviceId << 32) | eventId;
    }

    /// <summary>0 for what is not an unmapped message: one to a disabled ITS, one that a redistributor drops.</summary>
    private static ulong Syndrome(ReferenceMsiOutcome outcome) => outcome switch
    {
        ReferenceMsiOutcome.DroppedDeviceOutOfRange => 2,
        ReferenceMsiOutcome.DroppedLevel1Invalid => 2,
        ReferenceMsiOutcome.DroppedDeviceUnmapped => 3,
        ReferenceMsiOutcome.DroppedEventOutOfRange => 4,
        ReferenceMsiOutcome.DroppedEventUnmapped => 5,
        ReferenceMsiOutcome.DroppedCollectionUnmapped => 7,
        _ => 0,
    };

    private void Set(int bit)
    {
        if (profile.HasStatusRegister)
        {
            Statusr |= 1UL << bit;
        }
    }
}
