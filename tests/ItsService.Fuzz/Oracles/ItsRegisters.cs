namespace ItsService.Fuzz.Oracles;

/// <summary>The registers of an ITS that name places in guest memory.</summary>
/// <param name="DeviceBaser">GITS_BASER0.</param>
/// <param name="CollectionBaser">GITS_BASER1.</param>
/// <param name="Cbaser">GITS_CBASER.</param>
/// <param name="Creadr">GITS_CREADR.</param>
/// <param name="Cwriter">GITS_CWRITER.</param>
internal sealed record ItsRegisters(
    ulong DeviceBaser, ulong CollectionBaser, ulong Cbaser, ulong Creadr, ulong Cwriter)
{
    private const ulong OffsetBits = 0xF_FFE0;

    public TableGeometry DeviceTable => new(DeviceBaser);

    public TableGeometry CollectionTable => new(CollectionBaser);

    /// <summary>At a multiple of 64 KiB.</summary>
    public ulong QueueAddress => Cbaser & 0x000F_FFFF_FFFF_0000;

    public ulong QueueBytes => ((Cbaser & 0xFF) + 1) * 4096;

    /// <summary>Whether commands lie in the queue: both pointers are in it, and differ.</summary>
    public bool HasCommands =>
        Cbaser >> 63 == 1
        && (Creadr & OffsetBits) != (Cwriter & OffsetBits)
        && (Creadr & OffsetBits) < QueueBytes
        && (Cwriter & OffsetBits) < QueueBytes;
}
