using System.Globalization;
using ItsService.Core.Profiles;
using ItsService.Core.Registers;

namespace ItsService.Server.State;

/// <summary>
/// All that makes a difference between two profiles, by the names that saved states have for it. One that is added
/// later tells what it was before.
/// </summary>
internal static class ProfileValues
{
    /// <summary>The values.</summary>
    public static IReadOnlyList<ProfileValue> All { get; } =
    [
        new("gits_iidr", profile => Hex(profile.GitsIidr)),
        new("reported_itt_entry_bytes", profile => Text(profile.ReportedIttEntryBytes)),
        new("event_id_bits", profile => Text(profile.EventIdBits)),
        new("device_id_bits", profile => Text(profile.DeviceIdBits)),
        new("collection_id_bits", profile => Text(profile.CollectionIdBits)),
        new("reports_collection_id_bits", profile => Text(profile.ReportsCollectionIdBits)),
        new("physical_target_addresses", profile => Text(profile.PhysicalTargetAddresses)),
        new("hardware_collections", profile => Text(profile.HardwareCollections)),
        new("device_baser_reset", profile => Hex(profile.DeviceBaserReset)),
        new("collection_baser_reset", profile => Hex(profile.CollectionBaserReset)),
        new("page_sizes", profile => Text(profile.PageSizes)),
        new("two_level_collection_table", profile => Text(profile.TwoLevelCollectionTable)),
        new("attribute_policy", profile => Text(profile.AttributePolicy)),
        new("enable_needs_valid_tables", profile => Text(profile.EnableNeedsValidTables)),
        new("cbaser_clears_cwriter", profile => Text(profile.CbaserClearsCwriter)),
        new("keeps_out_of_range_cwriter", profile => Text(profile.KeepsOutOfRangeCwriter)),
        new("any_cwriter_write_retries", profile => Text(profile.AnyCwriterWriteRetries)),
        new("mapc_moves_pending", profile => Text(profile.MapcMovesPending)),
        new("has_status_register", profile => Text(profile.HasStatusRegister)),
        new("records_unmapped_messages", profile => Text(profile.RecordsUnmappedMessages)),
        new("command_error_policy", profile => Text(profile.CommandErrorPolicy)),
        new("mapti_needs_configuration", profile => Text(profile.MaptiNeedsConfiguration)),
        new("mapti_needs_pending_table", profile => Text(profile.MaptiNeedsPendingTable)),
        new("gits_identification", profile => Text(profile.GitsIdentification)),
        new("gicr_iidr", profile => Hex(profile.GicrIidr)),
        new("common_lpi_aff", profile => Text(profile.CommonLpiAff)),
        new("reports_aff3", profile => Text(profile.ReportsAff3)),
        new("last_in_each_region", profile => Text(profile.LastInEachRegion)),
        new("shared_propbaser", profile => Text(profile.SharedPropbaser)),
        new("lpi_baser_reset", profile => Hex(profile.LpiBaserReset)),
        new("invalidate_registers", profile => Text(profile.InvalidateRegisters)),
        new("direct_lpis", profile => Text(profile.DirectLpis)),
        new("has_waker", profile => Text(profile.HasWaker)),
        new("gicr_identification", profile => Text(profile.GicrIdentification)),
        new("gicd_iidr", profile => Hex(profile.GicdIidr)),
        new("int_id_bits", profile => Text(profile.IntIdBits)),
        new("int_id_lines", profile => Text(profile.IntIdLines)),
        new("gicd_typer_fixed", profile => Hex(profile.GicdTyperFixed)),
        new("has_group0_enable", profile => Text(profile.HasGroup0Enable)),
        new("gicd_statusr", profile => Hex(profile.GicdStatusr)),
        new("priority_mask", profile => Hex(profile.PriorityMask)),
        new("gicd_identification", profile => Text(profile.GicdIdentification)),
        new("priority_bits", profile => Text(profile.PriorityBits)),
        new("icc_aff3_valid", profile => Text(profile.IccAff3Valid)),
        new("has_one_of_n", profile => Text(profile.HasOneOfN), WhenAbsent: "false"),
        new("has_message_based_spis", profile => Text(profile.HasMessageBasedSpis), WhenAbsent: "false"),
        new("has_range_selector", profile => Text(profile.HasRangeSelector), WhenAbsent: "false"),
    ];

    private static string Hex(ulong value) => $"0x{value:X}";

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(bool value) => value ? "true" : "false";

    private static string Text(IdentificationRegisters registers) => string.Join(
        ' ', Enumerable.Range(0, 12).Select(index => $"{registers.At(0xFFD0 + (4 * index)):X2}"));

    private static string Text(CommandErrorPolicy policy) => policy switch
    {
        CommandErrorPolicy.Continue => "Continue",
        CommandErrorPolicy.Stall => "Stall",
        CommandErrorPolicy.StallOnMemoryError => "StallOnMemoryError",
        _ => throw NoText(policy),
    };

    private static string Text(MemoryAttributePolicy policy) => policy switch
    {
        MemoryAttributePolicy.KeepAll => "KeepAll",
        MemoryAttributePolicy.CoherentOnly => "CoherentOnly",
        _ => throw NoText(policy),
    };

    private static string Text(TablePageSizes sizes) => sizes switch
    {
        TablePageSizes.FourKiB => "FourKiB",
        TablePageSizes.SixteenKiB => "SixteenKiB",
        TablePageSizes.FourKiB | TablePageSizes.SixteenKiB => "FourKiB, SixteenKiB",
        TablePageSizes.SixtyFourKiB => "SixtyFourKiB",
        TablePageSizes.FourKiB | TablePageSizes.SixtyFourKiB => "FourKiB, SixtyFourKiB",
        TablePageSizes.SixteenKiB | TablePageSizes.SixtyFourKiB => "SixteenKiB, SixtyFourKiB",
        TablePageSizes.All => "All",
        _ => throw NoText(sizes),
    };

    private static InvalidOperationException NoText(Enum value) => new($"A saved state has no text for {value}.");
}
