using ItsService.Conformance.Tests.Cases;

namespace ItsService.Conformance.Tests.Registration;

/// <summary>All cases.</summary>
internal static class Catalogue
{
    public const int CaseCount = 340;

    public static IReadOnlyList<CaseSection> Sections { get; } =
    [
        .. new[]
        {
            IdentificationCases.Section,
            ControlRegisterCases.Section,
            BaserCases.Section,
            QueueRegisterCases.Section,
            QueueRunCases.Section,
            MapDeviceCases.Section,
            MapCollectionCases.Section,
            MapEventCases.Section,
            MoveCases.Section,
            PendingStateCommandCases.Section,
            ConfigurationCommandCases.Section,
            TwoLevelTableCases.Section,
            RedistributorCases.Section,
            DeliveryCases.Section,
            MessageCases.Section,
            UserspaceRegisterCases.Section,
            UserspaceControllerCases.Section,
            SaveCases.Section,
            RestoreTablesCases.Section,
            RestoreOrderCases.Section,
            PendingTableCases.Section,
            MigrationCases.Section,
            FlowCases.Section,
            CornerCases.Section,
        }
            .GroupBy(section => section.Title)
            .Select(parts => new CaseSection(parts.Key, [.. parts.SelectMany(part => part.Cases)])),
    ];

    public static IEnumerable<ConformanceCase> Cases => Sections.SelectMany(section => section.Cases);
}
