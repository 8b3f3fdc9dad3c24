namespace ItsService.Observability.Tests.Deploy;

/// <summary>The alerts that say how long something takes, and so whether the machine has time.</summary>
internal static class LatencyAlerts
{
    public static IReadOnlyList<string> Names { get; } =
        ["ItsInjectionSlow", "ItsInjectionQueued", "ItsAcknowledgeSlow", "ItsMemorySlow"];
}
