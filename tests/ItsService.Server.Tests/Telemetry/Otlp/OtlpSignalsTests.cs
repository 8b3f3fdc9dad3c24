using ItsService.Server.Telemetry;
using Microsoft.Extensions.Configuration;

namespace ItsService.Server.Tests.Telemetry.Otlp;

/// <summary>Which signals go out, by the standard variables.</summary>
public class OtlpSignalsTests
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317";

    public static TheoryData<string, string> Settings => new()
    {
        { "", "" },
        { Endpoint, "metrics traces logs" },
        { "OTEL_EXPORTER_OTLP_ENDPOINT=", "" },
        { "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://metrics:4317", "metrics" },
        { "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://traces:4317", "traces" },
        { "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=http://logs:4317", "logs" },
        { $"{Endpoint};OTEL_METRICS_EXPORTER=none", "traces logs" },
        { $"{Endpoint};OTEL_TRACES_EXPORTER=none", "metrics logs" },
        { $"{Endpoint};OTEL_LOGS_EXPORTER=none", "metrics traces" },
        { "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=http://logs:4317;OTEL_LOGS_EXPORTER=none", "" },
        { "OTEL_METRICS_EXPORTER=otlp", "metrics" },
        { "OTEL_TRACES_EXPORTER=otlp", "traces" },
        { "OTEL_LOGS_EXPORTER=console, otlp", "logs" },
        { $"{Endpoint};OTEL_TRACES_EXPORTER=zipkin", "metrics logs" },
        { $"{Endpoint};OTEL_TRACES_EXPORTER=", "metrics traces logs" },
        { $"{Endpoint};OTEL_SDK_DISABLED=true", "" },
        { $"{Endpoint};OTEL_SDK_DISABLED=TRUE;OTEL_LOGS_EXPORTER=otlp", "" },
        { $"{Endpoint};OTEL_SDK_DISABLED=false", "metrics traces logs" },
        { $"{Endpoint};OTEL_SDK_DISABLED=1", "metrics traces logs" },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Signals_go_out_for_which_there_is_an_endpoint_or_an_exporter(string variables, string signals)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            variables.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(variable => variable.Split('='))
                .Select(variable => KeyValuePair.Create(variable[0], (string?)variable[1]))).Build();

        var read = OtlpSignals.Read(configuration);

        Assert.Equal(
            signals,
            string.Join(' ', new[]
            {
                read.Metrics ? "metrics" : "",
                read.Traces ? "traces" : "",
                read.Logs ? "logs" : "",
            }.Where(signal => signal.Length > 0)));
    }
}
