using ItsService.Core.Registers;

namespace ItsService.Core.Profiles;

/// <summary>The TYPER registers, put together from a profile's fields.</summary>
internal static class TyperValues
{
    private const int PhysicalLpis = 0;
    private const int Aff3ValidBit = 24;
    private const int NoOneOfNBit = 25;

    /// <summary>GITS_TYPER (gits-registers section 5).</summary>
    public static ulong Gits(GicProfile profile) =>
        0UL.WithBit(PhysicalLpis, true)
            .WithField(7, 4, (ulong)(profile.ReportedIttEntryBytes - 1))
            .WithField(12, 8, (ulong)(profile.EventIdBits - 1))
            .WithField(17, 13, (ulong)(profile.DeviceIdBits - 1))
            .WithBit(19, profile.PhysicalTargetAddresses)
            .WithField(31, 24, (ulong)profile.HardwareCollections)
            .WithBit(2, profile.HardwareCollections > 0) // CCT: memory comes on top of the hardware collections
            .WithField(35, 32, profile.ReportsCollectionIdBits ? (ulong)(profile.CollectionIdBits - 1) : 0)
            .WithBit(36, profile.ReportsCollectionIdBits)
            .WithBit(44, profile is { HasStatusRegister: true, RecordsUnmappedMessages: true });

    /// <summary>GICD_TYPER.A3V: Aff3 counts where software names a vCPU.</summary>
    public static bool HasAff3(GicProfile profile) => ((ulong)profile.GicdTyperFixed).Bit(Aff3ValidBit);

    /// <summary>GICD_TYPER (redistributor-lpi 10.2).</summary>
    public static uint Gicd(GicProfile profile) =>
        (uint)((ulong)profile.GicdTyperFixed)
            .WithField(4, 0, (ulong)((profile.IntIdLines / 32) - 1))
            .WithBit(16, profile.HasMessageBasedSpis)
            .WithBit(17, true)
            .WithField(23, 19, (ulong)(profile.IntIdBits - 1))
            .WithBit(NoOneOfNBit, ((ulong)profile.GicdTyperFixed).Bit(NoOneOfNBit) && !profile.HasOneOfN)
            .WithBit(26, profile.HasRangeSelector);
}
