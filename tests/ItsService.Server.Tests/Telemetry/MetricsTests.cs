using System.Text.RegularExpressions;
using ItsService.Protocol.V1;
using ItsService.Server.Telemetry;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Injection;
using ItsService.Server.Tests.Inspection.Explaining;
using ItsService.Server.Tests.Refusals;
using Microsoft.Extensions.DependencyInjection;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>What the service's own metrics say after calls whose effects are known.</summary>
public partial class MetricsTests
{
    private const string Pended = """its_msi_messages_total{its_msi_origin="device",its_msi_outcome="pended"}""";
    private const string Coalesced = """its_msi_messages_total{its_msi_origin="device",its_msi_outcome="coalesced"}""";
    private const string Unmapped =
        """its_msi_messages_total{its_msi_origin="device",its_msi_outcome="dropped_device_unmapped"}""";

    [Fact]
    public async Task Messages_are_counted_by_what_became_of_them()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MappedAsync(server, "guest");

        await guest.SignalAsync(1, 0);
        await guest.SignalAsync(1, 0);
        await guest.SignalAsync(9, 0);

        var scrape = await Scrape.OfAsync(server);
        Assert.Equal(1, scrape[Pended]);
        Assert.Equal(1, scrape[Coalesced]);
        Assert.Equal(1, scrape[Unmapped]);
        Assert.Equal(1, scrape["its_lpi_pending"]);
        Assert.Equal(1, scrape["its_lpi_mapped"]);
        Assert.Equal(1, scrape["""its_injection_duration_seconds_count{its_path="unary",its_msi_outcome="pended"}"""]);
        Assert.Equal(3, scrape["""its_injection_queue_duration_seconds_count{its_path="unary"}"""]);
    }

    [Fact]
    public async Task Acknowledge_is_counted_and_timed()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MappedAsync(server, "guest");

        await guest.SignalAsync(1, 0);
        Assert.Equal(8192u, await guest.AcknowledgeAsync(0));
        Assert.Equal(1023u, await guest.AcknowledgeAsync(0));

        var scrape = await Scrape.OfAsync(server);
        Assert.Equal(1, scrape["""its_interrupt_acknowledged_total{its_interrupt_kind="lpi"}"""]);
        Assert.Equal(1, scrape["its_acknowledge_duration_seconds_count"]);
        Assert.Equal(0, scrape["its_lpi_pending"]);
    }

    [Fact]
    public async Task Interrupt_that_a_command_clears_is_not_timed()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MappedAsync(server, "guest");

        await guest.SignalAsync(1, 0);
        await guest.RunAsync([ItsCommand.Clear(1, 0)]);
        await guest.RunAsync([ItsCommand.Interrupt(1, 0)]);
        Assert.Equal(8192u, await guest.AcknowledgeAsync(0));

        Assert.Equal(0, (await Scrape.OfAsync(server))["its_acknowledge_duration_seconds_count"]);
    }

    [Fact]
    public async Task Interrupt_that_the_guest_clears_at_its_redistributor_is_not_timed()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await WithDirectLpisAsync(server);

        await guest.SignalAsync(1, 0);
        await guest.WriteAsync("GICR_CLRLPIR", 8192);
        await guest.RunAsync(ItsCommand.Interrupt(1, 0));
        Assert.Equal(8192u, await guest.AcknowledgeAsync(0));

        Assert.Equal(0, (await Scrape.OfAsync(server))["its_acknowledge_duration_seconds_count"]);
    }

    [Fact]
    public async Task Messages_of_commands_and_LPIs_of_registers_are_counted_apart()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await WithDirectLpisAsync(server);

        await guest.RunAsync(ItsCommand.Interrupt(1, 0), ItsCommand.Interrupt(1, 0), ItsCommand.Interrupt(1, 0));
        await guest.WriteAsync("GICR_SETLPIR", 8192);
        await guest.WriteAsync("GICR_SETLPIR", 8193);

        Assert.Equal(
            [("int_command", "coalesced", 2), ("int_command", "pended", 1), ("setlpir", "coalesced", 1),
                ("setlpir", "pended", 1)],
            await MessagesAsync(server));
    }

    [Fact]
    public async Task Interrupts_that_are_no_LPIs_are_acknowledged_apart()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MappedAsync(server, "guest");
        await guest.RaiseSpiAsync();
        await guest.SignalAsync(1, 0);

        Assert.Equal(ExplainedGuest.Spi, await guest.AcknowledgeAsync(0));

        var scrape = await Scrape.OfAsync(server);
        Assert.Equal(1, scrape["""its_interrupt_acknowledged_total{its_interrupt_kind="other"}"""]);
        Assert.Equal(0, scrape["""its_interrupt_acknowledged_total{its_interrupt_kind="lpi"}"""]);
        Assert.Equal(0, scrape["its_acknowledge_duration_seconds_count"]);
    }

    [Fact]
    public async Task Commands_are_counted_by_opcode_and_error()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MappedAsync(server, "guest");

        await guest.RunAsync([ItsCommand.Interrupt(1, 0), ItsCommand.Interrupt(9, 0)]);

        var scrape = await Scrape.OfAsync(server);
        Assert.Equal(1, scrape["""its_command_executed_total{its_command_opcode="INT"}"""]);
        Assert.Equal(1, scrape[
            """its_command_executed_total{its_command_opcode="INT",error_type="int_unmapped_device"}"""]);
        Assert.Equal(1, scrape["""its_guest_mistakes_total{its_mistake_kind="command_failed"}"""]);
    }

    [Fact]
    public async Task Deleted_vm_leaves_its_counts_and_nothing_else()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MappedAsync(server, "guest");
        await guest.SignalAsync(1, 0);

        await server.Tcp.DeleteVmAsync(guest.Name);
        await MappedAsync(server, "guest");

        var scrape = await Scrape.OfAsync(server);
        Assert.Equal(1, scrape[Pended]);
        Assert.Equal(2, scrape["""its_command_executed_total{its_command_opcode="MAPD"}"""]);
        Assert.Equal(0, scrape["its_lpi_pending"]);
        Assert.Equal(1, scrape["""its_vm_count{its_vm_state="running"}"""]);
    }

    [Fact]
    public async Task Vms_are_named_only_where_that_is_asked_for()
    {
        await using var quiet = await Scrape.ServeAsync();
        await (await MappedAsync(quiet, "guest")).SignalAsync(1, 0);
        Assert.DoesNotContain("its_vm_name", (await Scrape.OfAsync(quiet)).Text, StringComparison.Ordinal);

        await using var server = await Scrape.ServeAsync(options => options.MetricsPerVm = true);
        await (await MappedAsync(server, "one")).SignalAsync(1, 0);
        await MappedAsync(server, "other");

        var scrape = await Scrape.OfAsync(server);
        Assert.Equal(1, scrape[Pended.Replace("}", ",its_vm_name=\"vms/one\"}", StringComparison.Ordinal)]);
        Assert.Equal(0, scrape[Pended.Replace("}", ",its_vm_name=\"vms/other\"}", StringComparison.Ordinal)]);
        Assert.Contains("""its_lpi_pending{its_vm_name="vms/other"}""", scrape.Series);
        Assert.Equal(1, scrape[
            "its_injection_duration_seconds_count"
            + """{its_path="unary",its_msi_outcome="pended",its_vm_name="vms/one"}"""]);
    }

    [Fact]
    public async Task What_is_read_of_a_vm_goes_with_it_and_what_was_measured_stays()
    {
        await using var server = await Scrape.ServeAsync(options => options.MetricsPerVm = true);
        var guest = await MappedAsync(server, "one");
        await guest.SignalAsync(1, 0);
        await MappedAsync(server, "other");
        Assert.Contains("""its_lpi_pending{its_vm_name="vms/one"}""", (await Scrape.OfAsync(server)).Series);

        await guest.Api.DeleteVmAsync(guest.Name);

        var left = (await Scrape.OfAsync(server)).Series.Where(
            series => series.Contains("vms/one", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(left);
        Assert.All(left, series => Assert.Matches("^its_injection_(queue_)?duration_seconds_", series));
    }

    [Fact]
    public async Task Batch_is_one_measurement_for_each_outcome_and_its_messages_are_counted()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MappedAsync(server, "guest");

        using (var stream = await SenderStream.OpenAsync(guest))
        {
            await stream.SendAsync([(1u, 0u), (1u, 0u), (1u, 0u), (9u, 9u)]);
            await stream.ReadUntilAsync(1);
        }

        var scrape = await Scrape.OfAsync(server);
        Assert.Equal(1, scrape[Pended]);
        Assert.Equal(2, scrape[Coalesced]);
        foreach (var outcome in new[] { "pended", "coalesced", "dropped_device_unmapped" })
        {
            Assert.Equal(1, scrape[
                $$"""its_injection_duration_seconds_count{its_path="stream",its_msi_outcome="{{outcome}}"}"""]);
        }
    }

    [Fact]
    public async Task Saves_and_restores_are_timed_whatever_their_end()
    {
        await using var server = await Scrape.ServeAsync();
        var guest = await MappedAsync(server, "guest");
        var saved = await server.Tcp.SaveAsync(guest.Name);

        await Refusal.OfAsync(() => server.Tcp.RestoreAsync(guest.Name, saved.Blob));

        var scrape = await Scrape.OfAsync(server);
        Assert.Equal(1, scrape["""its_state_save_duration_seconds_count{its_state_form="blob"}"""]);
        Assert.Equal(1, scrape["""its_state_size_bytes_count{its_state_form="blob"}"""]);
        Assert.Equal(1, scrape[
            """its_state_restore_duration_seconds_count{its_state_form="blob",error_type="failed_precondition"}"""]);
        Assert.Equal(1, scrape["""its_api_refusals_total{error_type="failed_precondition"}"""]);
    }

    [Fact]
    public async Task Watch_that_its_client_ends_is_no_refusal()
    {
        await using var server = await Scrape.ServeAsync();
        await MappedAsync(server, "guest");
        using (var watch = server.Tcp.Inspect.WatchActivity(
            new WatchActivityRequest { IntervalMs = 100 }, cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.True(await watch.ResponseStream.MoveNextWithinLimit());
        }

        await server.Requests.UntilAsync(0);

        Assert.DoesNotContain("its_api_refusals", (await Scrape.OfAsync(server)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_measured_where_nobody_listens()
    {
        await using var server = await TestServer.StartAsync();
        var instruments = server.Services.GetRequiredService<Instruments>();

        Assert.Equal(0, instruments.NowFor(instruments.InjectionDuration));
        await (await MappedAsync(server, "guest")).SignalAsync(1, 0);
    }

    // Events 0 and 1 of device 1 are LPIs 8192 and 8193 at vCPU 0, whose registers name LPIs as well.
    private static async Task<Guest> WithDirectLpisAsync(TestServer server)
    {
        var spec = GuestMap.Spec(vcpuCount: 2);
        (spec.Profile, spec.Custom) = (Profile.Custom, new ProfileOverrides { DirectLpis = true });
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await guest.SetUpLpisAsync(vcpuCount: 2);
        await guest.SetUpItsAsync();
        await guest.RunAsync(ItsCommand.MapCollection(0, 0));
        await guest.MapDeviceAsync(1, eventCount: 2, firstLpi: 8192);
        return guest;
    }

    // Those of which there are any, in the order of their words.
    private static async Task<List<(string Origin, string Outcome, int Count)>> MessagesAsync(TestServer server)
    {
        var scrape = await Scrape.OfAsync(server);
        return
        [
            .. from series in scrape.Series
               let labels = Message().Match(series)
               where labels.Success && scrape[series] != 0
               let message = (labels.Groups[1].Value, labels.Groups[2].Value, (int)scrape[series])
               orderby message
               select message,
        ];
    }

    [GeneratedRegex("""^its_msi_messages_total\{its_msi_origin="(.*)",its_msi_outcome="(.*)"\}$""")]
    private static partial Regex Message();

    /// <summary>Device 1 has one event, which is LPI 8192 at vCPU 0.</summary>
    internal static async Task<Guest> MappedAsync(TestServer server, string id)
    {
        var guest = await Guest.BootAsync(server.Tcp, id);
        await guest.RunAsync(
        [
            ItsCommand.MapDevice(1, eventIdBits: 1, GuestMap.DataArea),
            ItsCommand.MapEvent(1, 0, 8192, 0),
        ]);
        return guest;
    }
}
