namespace ItsService.Server.Telemetry;

/// <summary>
/// Which signals go out by OTLP, by the standard environment variables: those for which there is an endpoint, or whose
/// exporter is named, unless it is "none".
/// </summary>
internal sealed record OtlpSignals(bool Metrics, bool Traces, bool Logs)
{
    public static OtlpSignals Read(IConfiguration configuration) =>
        string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
            ? new OtlpSignals(false, false, false)
            : new OtlpSignals(
                IsOn(configuration, "METRICS"), IsOn(configuration, "TRACES"), IsOn(configuration, "LOGS"));

    private static bool IsOn(IConfiguration configuration, string signal)
    {
        var exporters = configuration[$"OTEL_{signal}_EXPORTER"];
        return string.IsNullOrEmpty(exporters)
            ? !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])
                || !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"])
            : exporters.Split(',').Any(exporter => exporter.Trim() == "otlp");
    }
}
