using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Attributes;
using ItsService.Server.Tests.Gates;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Injection;
using ItsService.Server.Tests.Memory.Kinds;
using ItsService.Server.Tests.Sessions;
using ItsService.Server.Tests.State;
using MemoryStream = ItsService.Server.Tests.Memory.Kinds.MemoryStream;

namespace ItsService.Server.Tests.Telemetry;

/// <summary>
/// How long things took by /metrics, where a test has the clock: that seconds are seconds, and what they are between.
/// </summary>
public class DurationMetricsTests
{
    // In no bucket's bound, so that it does not matter to which side that belongs.
    private static readonly TimeSpan ThreeSeconds = TimeSpan.FromSeconds(3);

    private readonly ManualTime _time = new();

    [Fact]
    public async Task Acknowledge_duration_is_from_pending_until_acknowledged()
    {
        await using var server = await ServeAsync(_time);
        var guest = await MetricsTests.MappedAsync(server, "guest");

        await guest.SignalAsync(1, 0);
        _time.Advance(ThreeSeconds);
        Assert.Equal(8192u, await guest.AcknowledgeAsync(0));

        AssertThreeSeconds(await Scrape.OfAsync(server), "its_acknowledge_duration_seconds");
    }

    [Theory]
    [InlineData("unary", false)]
    [InlineData("unary", true)]
    [InlineData("stream", false)]
    [InlineData("stream", true)]
    [InlineData("session", false)]
    [InlineData("session", true)]
    [InlineData("doorbell", false)]
    [InlineData("doorbell", true)]
    public async Task Messages_that_wait_for_their_VM_are_queued_and_not_slow(string path, bool forResume)
    {
        await using var server = await ServeAsync(_time);
        var guest = await MetricsTests.MappedAsync(server, "guest");
        var host = server.Host(guest.Name);
        using var device = await Device.ConnectAsync(guest, path);
        var gate = forResume ? null : await HeldGate.HoldAsync(host);
        await (forResume ? guest.PauseAsync() : Task.CompletedTask);

        var sending = device.SendAsync();
        await (forResume ? host.UntilWaitingAsync(1) : host.UntilInLineAsync(1));
        _time.Advance(ThreeSeconds);
        await (forResume ? guest.ResumeAsync() : gate!.DisposeAsync().AsTask());
        await sending;

        var scrape = await Scrape.OfAsync(server);
        var injected = $"{{its_path=\"{path}\",its_msi_outcome=\"pended\"}}";
        AssertThreeSeconds(scrape, "its_injection_queue_duration_seconds", $"its_path=\"{path}\"");
        Assert.Equal(
            (1, 0),
            (scrape[$"its_injection_duration_seconds_count{injected}"],
                scrape[$"its_injection_duration_seconds_sum{injected}"]));
    }

    [Fact]
    public async Task Messages_of_a_session_that_wait_behind_others_are_queued_from_when_they_were_read()
    {
        const ulong InTheVmm = 0x8000_0000;
        await using var server = await ServeAsync(_time);
        var spec = GuestMap.Spec();
        spec.MemoryRegions.Add(new MemoryRegion { Base = InTheVmm, SizeBytes = 4096, Remote = new RemoteMemory() });
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        await guest.SetUpLpisAsync(vcpuCount: 2);
        await guest.SetUpItsAsync();
        await guest.RunAsync(ItsCommand.MapCollection(0, 0));
        await guest.MapDeviceAsync(1, eventCount: 2, firstLpi: 8192);
        await guest.PauseAsync();
        using var vmm = await AttachedVmm.AttachAsync(
            guest.Api, new AttachRequest { Vm = guest.Name, ServesMemory = true });

        await vmm.SendAsync(AttachedVmm.Message(1, 0));
        await vmm.SendAsync(AttachedVmm.Message(1, 1));

        // What the VMM sends after them has been read: so have they.
        var reading = guest.ReadMemoryAsync(InTheVmm, 8);
        var request = (await vmm.ReadAsync()).Memory;
        await vmm.WriteAsync(new FromVmm { Memory = Answer(request) });
        await reading;
        _time.Advance(ThreeSeconds);
        await guest.ResumeAsync();
        for (var answers = 0; answers < 2;)
        {
            answers += (await vmm.ReadAsync()).Answer is null ? 0 : 1;
        }

        var scrape = await Scrape.OfAsync(server);
        Assert.Equal(
            (2, 6),
            (scrape["its_injection_queue_duration_seconds_count{its_path=\"session\"}"],
                scrape["its_injection_queue_duration_seconds_sum{its_path=\"session\"}"]));
    }

    [Theory]
    [InlineData("unary")]
    [InlineData("stream")]
    [InlineData("session")]
    [InlineData("doorbell")]
    public async Task Clock_is_read_once_when_messages_come_and_once_before_and_after_they_are_sent(string path)
    {
        await using var server = await ServeAsync(new SteppingTime(ThreeSeconds));
        var guest = await MetricsTests.MappedAsync(server, "guest");
        using var device = await Device.ConnectAsync(guest, path);

        await device.SendAsync();
        Assert.Equal(8192u, await guest.AcknowledgeAsync(0));

        var scrape = await Scrape.OfAsync(server);
        AssertThreeSeconds(
            scrape, "its_injection_duration_seconds", $"its_path=\"{path}\",its_msi_outcome=\"pended\"");
        AssertThreeSeconds(scrape, "its_acknowledge_duration_seconds");
        AssertThreeSeconds(scrape, "its_injection_queue_duration_seconds", $"its_path=\"{path}\"");
    }

    [Fact]
    public async Task Remote_memory_takes_as_long_as_its_VMM_does()
    {
        await using var server = await ServeAsync(_time);
        var spec = GuestMap.Spec();
        GuestOfKind.SetBacking(spec.MemoryRegions[0], MemoryKind.Served, server, "guest");
        var guest = await Guest.CreateAsync(server.Tcp, "guest", spec);
        using var vmm = await MemoryStream.OpenAsync(server.Tcp, guest.Name);

        var reading = guest.ReadMemoryAsync(GuestMap.DataArea, 8);
        var request = await vmm.ReadAsync();
        _time.Advance(ThreeSeconds);
        await vmm.AnswerAsync(Answer(request));
        await reading;

        AssertThreeSeconds(
            await Scrape.OfAsync(server), "its_memory_duration_seconds",
            "its_memory_backend=\"remote\",its_memory_operation=\"read\"");
    }

    [Theory]
    [InlineData(MemoryKind.Shared, "shared")]
    [InlineData(MemoryKind.Served, "remote")]
    public async Task Clock_is_read_once_before_and_once_after_an_access_to_memory(MemoryKind kind, string backend)
    {
        await using var server = await ServeAsync(new SteppingTime(ThreeSeconds));
        using var made = await GuestOfKind.CreateAsync(server, kind);

        await made.Guest.WriteMemoryAsync(GuestMap.DataArea, ByteString.CopyFrom(1));
        await made.Guest.ReadMemoryAsync(GuestMap.DataArea, 1);

        var scrape = await Scrape.OfAsync(server);
        foreach (var operation in new[] { "read", "write" })
        {
            AssertThreeSeconds(
                scrape, "its_memory_duration_seconds",
                $"its_memory_backend=\"{backend}\",its_memory_operation=\"{operation}\"");
        }
    }

    [Fact]
    public async Task What_a_batch_does_before_its_message_is_no_wait_for_the_VM()
    {
        await using var server = await ServeAsync(new SteppingTime(ThreeSeconds));
        using var made = await GuestOfKind.CreateAsync(server, MemoryKind.Shared);

        // The read of memory reads the clock twice.
        await server.Tcp.BatchAsync(new BatchRequest
        {
            Vm = made.Guest.Name,
            Accesses =
            {
                new Access { ReadMemory = new ReadMemoryAccess { Address = GuestMap.DataArea, LengthBytes = 1 } },
                new Access { Write = new WriteAccess { Target = Guest.Register("GITS_TRANSLATER"), DeviceId = 1 } },
            },
        });

        var scrape = await Scrape.OfAsync(server);
        AssertThreeSeconds(scrape, "its_injection_queue_duration_seconds", "its_path=\"doorbell\"");
        AssertThreeSeconds(
            scrape, "its_injection_duration_seconds", "its_path=\"doorbell\",its_msi_outcome=\"dropped_its_disabled\"");
    }

    [Fact]
    public async Task Save_and_restore_take_as_long_as_they_wait_for_their_VM_and_more()
    {
        await using var server = await ServeAsync(_time);
        var guest = await MetricsTests.MappedAsync(server, "guest");
        await guest.PauseAsync();

        var saved = await HeldUpAsync(server, guest, () => server.Tcp.SaveAsync(guest.Name));
        await HeldUpAsync(server, guest, () => server.Tcp.RestoreAsync(guest.Name, saved.Blob));

        var scrape = await Scrape.OfAsync(server);
        AssertThreeSeconds(scrape, "its_state_save_duration_seconds", "its_state_form=\"blob\"");
        AssertThreeSeconds(scrape, "its_state_restore_duration_seconds", "its_state_form=\"blob\"");
        Assert.Equal(saved.Blob.Length, scrape["its_state_size_bytes_sum{its_state_form=\"blob\"}"]);
    }

    private static Task<TestServer> ServeAsync(TimeProvider time) => Scrape.ServeAsync(options =>
    {
        options.Time = time;
        options.SharedMemoryDirectory = Path.Combine(Path.GetDirectoryName(options.UnixSocketPath)!, "ram");
    });

    private static MemoryAnswer Answer(MemoryRequest request) =>
        new() { Id = request.Id, Data = ByteString.CopyFrom(new byte[request.Read.LengthBytes]) };

    private async Task<T> HeldUpAsync<T>(TestServer server, Guest guest, Func<Task<T>> call)
    {
        var host = server.Host(guest.Name);
        await using var gate = await HeldGate.HoldAsync(host);
        var answer = call();
        await host.UntilInLineAsync(1);
        _time.Advance(ThreeSeconds);
        await gate.ReleaseAsync();
        return await answer;
    }

    private static void AssertThreeSeconds(Scrape scrape, string family, string labels = "")
    {
        string Series(string suffix, string more = "") => (labels, more) switch
        {
            ("", "") => family + suffix,
            ("", _) or (_, "") => $"{family}{suffix}{{{labels}{more}}}",
            _ => $"{family}{suffix}{{{labels},{more}}}",
        };
        Assert.Equal((1, 3), (scrape[Series("_count")], scrape[Series("_sum")]));
        Assert.Equal((0, 1), (scrape[Series("_bucket", "le=\"2.0\"")], scrape[Series("_bucket", "le=\"4.0\"")]));
    }

    /// <summary>A device whose message comes by one of the paths, and is the first one.</summary>
    private sealed class Device : IDisposable
    {
        private readonly Guest _guest;
        private SenderStream? _stream;
        private AttachedVmm? _vmm;

        private Device(Guest guest) => _guest = guest;

        private bool IsDoorbell { get; init; }

        public static async Task<Device> ConnectAsync(Guest guest, string path) => new(guest)
        {
            _stream = path == "stream" ? await SenderStream.OpenAsync(guest) : null,
            _vmm = path == "session" ? await AttachedVmm.AttachAsync(guest) : null,
            IsDoorbell = path == "doorbell",
        };

        public async Task SendAsync()
        {
            if (_stream is not null)
            {
                await _stream.SendAsync([(1u, 0u), (1u, 0u), (1u, 0u)]);
                await _stream.ReadUntilAsync(1);
            }
            else if (_vmm is not null)
            {
                await _vmm.SendAsync(AttachedVmm.Message(1, 0));
                while ((await _vmm.ReadAsync()).Answer is null)
                {
                    // It is told of the VM's run state as well.
                }
            }
            else if (IsDoorbell)
            {
                await _guest.Api.WriteAsync(new WriteRegisterRequest
                {
                    Vm = _guest.Name,
                    Target = Guest.Register("GITS_TRANSLATER"),
                    DeviceId = 1,
                });
            }
            else
            {
                await _guest.SignalAsync(1, 0);
            }
        }

        public void Dispose()
        {
            _stream?.Dispose();
            _vmm?.Dispose();
        }
    }
}
