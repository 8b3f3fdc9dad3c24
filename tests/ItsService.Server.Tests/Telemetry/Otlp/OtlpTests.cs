using System.Diagnostics;
using System.Net;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Injection;
using ItsService.Server.Tests.Processes;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ItsService.Server.Tests.Telemetry.Otlp;

/// <summary>What the server as a process of its own sends to a collector.</summary>
public class OtlpTests
{
    private const string ParentTrace = "0af7651916cd43dd8448eb211c80319c";
    private const string ParentSpan = "b7ad6b7169203331";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("grpc", HttpProtocols.Http2)]
    [InlineData("http/protobuf", HttpProtocols.Http1)]
    public async Task Metrics_traces_and_logs_arrive(string protocol, HttpProtocols served)
    {
        // What the runner has begun would go with the calls, as a caller's who wants no spans.
        Activity.Current = null;
        await using var collector = await Collector.StartAsync(served);
        await using var process = Start(collector, protocol);
        using var api = Api.OverTcp(new Uri((await process.ReadAddressesAsync(1))[0]));

        var guest = await Guest.BootAsync(api, "guest");
        await guest.MapDeviceAsync(1, eventCount: 2, firstLpi: 8192);
        await guest.SignalAsync(1, 0);
        await guest.RunAsync(ItsCommand.Interrupt(9, 0));

        var messages = await collector.WaitAsync(all => MetricsOf(all, "its.msi.messages").LastOrDefault(
            metric => metric.Sum.DataPoints.Any(point => point.AsInt == 1)));
        Assert.Equal("{message}", messages.Unit);
        Assert.True(messages.Sum.IsMonotonic);
        var durations = await collector.WaitAsync(all => MetricsOf(all, "its.injection.duration").LastOrDefault());
        var point = Assert.Single(durations.ExponentialHistogram.DataPoints);
        Assert.Equal(1ul, point.Count);
        Assert.Equal(
            point.Count, point.ZeroCount + point.Positive.BucketCounts.Aggregate(0ul, (sum, count) => sum + count));

        var create = await collector.WaitAsync(
            all => SpansOf(all).FirstOrDefault(span => span.Name == "its.v1.VirtualMachines/CreateVm"));
        Assert.Equal(
            ("grpc", "its.v1.VirtualMachines", "CreateVm", "0"),
            (create.Attributes["rpc.system"], create.Attributes["rpc.service"], create.Attributes["rpc.method"],
                create.Attributes["rpc.grpc.status_code"]));
        var log = await collector.WaitAsync(all => LogsOf(all).FirstOrDefault(
            log => log.Body.Contains("IntUnmappedDevice", StringComparison.Ordinal)));
        Assert.Equal("vms/guest", Assert.Single(log.Attributes, one => one.Value == "vms/guest").Value);
        Assert.Equal("its-service", await collector.WaitAsync(all => all.OfType<TracesRequest>()
            .SelectMany(request => request.ResourceSpans)
            .Select(one => Values(one.Resource.Attributes).GetValueOrDefault("service.name")).FirstOrDefault()));
    }

    [Fact]
    public async Task Span_lies_below_the_callers_and_tells_a_refusal()
    {
        Activity.Current = null;
        await using var collector = await Collector.StartAsync(HttpProtocols.Http2);
        await using var process = Start(collector, "grpc");
        using var api = Api.OverTcp(new Uri((await process.ReadAddressesAsync(1))[0]));

        await Assert.ThrowsAsync<RpcException>(() => api.Vms.GetVmAsync(
            new GetVmRequest { Name = "vms/nobody" },
            new Metadata { { "traceparent", $"00-{ParentTrace}-{ParentSpan}-01" } },
            cancellationToken: Cancellation).ResponseAsync.WithinLimit());

        var span = await collector.WaitAsync(
            all => SpansOf(all).FirstOrDefault(span => span.Name == "its.v1.VirtualMachines/GetVm"));
        Assert.Equal((ParentTrace, ParentSpan), (span.TraceId, span.ParentId));
        Assert.Equal("not_found", span.Attributes["error.type"]);
        Assert.Equal("vms/nobody", span.Attributes["its.vm.name"]);
        Assert.Equal(2, span.StatusCode);
    }

    [Fact]
    public async Task Span_of_a_stream_tells_that_its_client_has_cut_it()
    {
        Activity.Current = null;
        await using var collector = await Collector.StartAsync(HttpProtocols.Http2);
        await using var process = Start(collector, "grpc");
        using var api = Api.OverTcp(new Uri((await process.ReadAddressesAsync(1))[0]));
        var guest = await Guest.BootAsync(api, "guest");
        using var stream = await SenderStream.OpenAsync(guest);

        stream.Cut();

        var span = await collector.WaitAsync(
            all => SpansOf(all).FirstOrDefault(span => span.Name == "its.v1.Interrupts/InjectMsis"));
        Assert.Equal("cancelled", span.Attributes["error.type"]);
    }

    [Fact]
    public async Task Command_batch_has_a_span_and_a_message_has_none()
    {
        Activity.Current = null;
        await using var collector = await Collector.StartAsync(HttpProtocols.Http2);
        await using var process = Start(collector, "grpc");
        using var api = Api.OverTcp(new Uri((await process.ReadAddressesAsync(1))[0]));
        var guest = await Guest.BootAsync(api, "guest");
        await guest.MapDeviceAsync(1, eventCount: 2, firstLpi: 8192);
        for (var sent = 0; sent < 100; sent++)
        {
            await guest.SignalAsync(1, 0);
            await guest.ReadAsync("GITS_CTLR");
        }

        using (var stream = await SenderStream.OpenAsync(guest))
        {
            for (var batch = 1ul; batch <= 50; batch++)
            {
                await stream.SendAsync([(1u, 0u), (1u, 1u)]);
            }

            await stream.ReadUntilAsync(50);
            await stream.EndsWellAsync();
        }

        await guest.RunAsync(ItsCommand.Interrupt(1, 1), ItsCommand.Interrupt(9, 0));

        var batch2 = await collector.WaitAsync(all => SpansOf(all).FirstOrDefault(
            span => span.Name == "commands" && span.Attributes["its.command.failed"] == "1"));
        Assert.Equal("2", batch2.Attributes["its.command.count"]);
        var injected = await collector.WaitAsync(
            all => SpansOf(all).FirstOrDefault(span => span.Name == "its.v1.Interrupts/InjectMsis"));
        var exemplar = await collector.WaitAsync(all => MetricsOf(all, "its.injection.duration")
            .SelectMany(metric => metric.ExponentialHistogram.DataPoints)
            .SelectMany(point => point.Exemplars)
            .LastOrDefault(one => Hex(one.TraceId) == injected.TraceId));
        Assert.Equal(injected.Id, Hex(exemplar.SpanId));
        var names = await collector.WaitAsync(all => SpansOf(all).Select(span => span.Name).ToArray());
        Assert.DoesNotContain(
            names, name => name.EndsWith("/SignalMsi", StringComparison.Ordinal)
                || name.EndsWith("/Read", StringComparison.Ordinal));
        Assert.Single(names, name => name == "its.v1.Interrupts/InjectMsis");
    }

    [Fact]
    public async Task Resource_is_as_the_variables_say_and_a_signal_without_exporter_stays_away()
    {
        Activity.Current = null;
        await using var collector = await Collector.StartAsync(HttpProtocols.Http2);
        await using var process = Start(
            collector, "grpc",
            ("OTEL_SERVICE_NAME", "its-blue"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=blue-1,deployment.environment.name=staging"),
            ("OTEL_METRICS_EXPORTER", "none"));
        using (var api = Api.OverTcp(new Uri((await process.ReadAddressesAsync(1))[0])))
        {
            await Guest.BootAsync(api, "guest");
        }

        // It sends the rest as it stops.
        process.Terminate();
        Assert.Equal(0, (await process.WaitForExitAsync()).ExitCode);

        var all = await collector.WaitAsync(all => all.ToArray());
        OtlpResource[] resources =
        [
            .. all.OfType<TracesRequest>().SelectMany(request => request.ResourceSpans).Select(one => one.Resource),
            .. all.OfType<LogsRequest>().SelectMany(request => request.ResourceLogs).Select(one => one.Resource),
        ];
        Assert.NotEmpty(all.OfType<TracesRequest>());
        Assert.NotEmpty(all.OfType<LogsRequest>());
        Assert.Empty(all.OfType<MetricsRequest>());
        Assert.All(resources.Select(resource => Values(resource.Attributes)), attributes => Assert.Equal(
            ("its-blue", "blue-1", "staging"),
            (attributes["service.name"], attributes["service.instance.id"],
                attributes["deployment.environment.name"])));
    }

    [Fact]
    public async Task Sdk_that_is_disabled_leaves_nothing_to_read()
    {
        await using var process = ServerProcess.Start(
            ["--listen", "127.0.0.1:0", "--unix-socket", "none", "--console", "127.0.0.1:0"],
            new Dictionary<string, string> { ["OTEL_SDK_DISABLED"] = "true" });
        await process.ReadAddressesAsync(1);
        var metrics = new Uri(await process.ReadConsoleAsync(), "/metrics");
        using var http = new HttpClient();

        using var response = await http.GetAsync(metrics, Cancellation).WithinLimit();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    private static ServerProcess Start(
        Collector collector, string protocol, params (string Name, string Value)[] variables) => ServerProcess.Start(
        ["--listen", "127.0.0.1:0", "--unix-socket", "none"],
        new Dictionary<string, string>(variables.Select(one => KeyValuePair.Create(one.Name, one.Value)))
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
        });

    private static IEnumerable<OtlpMetric> MetricsOf(IEnumerable<IMessage> all, string name) =>
        all.OfType<MetricsRequest>()
            .SelectMany(request => request.ResourceMetrics)
            .SelectMany(resource => resource.ScopeMetrics)
            .SelectMany(scope => scope.Metrics)
            .Where(metric => metric.Name == name);

    private static IEnumerable<Span> SpansOf(IEnumerable<IMessage> all) =>
        all.OfType<TracesRequest>()
            .SelectMany(request => request.ResourceSpans)
            .SelectMany(resource => resource.ScopeSpans)
            .SelectMany(scope => scope.Spans)
            .Select(span => new Span(
                span.Name, Hex(span.TraceId), Hex(span.SpanId), Hex(span.ParentSpanId), Values(span.Attributes),
                span.Status?.Code ?? 0));

    private static IEnumerable<Log> LogsOf(IEnumerable<IMessage> all) =>
        all.OfType<LogsRequest>()
            .SelectMany(request => request.ResourceLogs)
            .SelectMany(resource => resource.ScopeLogs)
            .SelectMany(scope => scope.LogRecords)
            .Select(log => new Log(log.Body?.StringValue ?? "", Values(log.Attributes)));

    private static Dictionary<string, string> Values(RepeatedField<OtlpKeyValue> attributes) => attributes.ToDictionary(
        one => one.Key,
        one => one.Value.ValueCase == OtlpValue.ValueOneofCase.IntValue
            ? one.Value.IntValue.ToString(provider: null)
            : one.Value.StringValue);

    private static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

    private sealed record Span(
        string Name, string TraceId, string Id, string ParentId, Dictionary<string, string> Attributes, int StatusCode);

    private sealed record Log(string Body, Dictionary<string, string> Attributes);
}
