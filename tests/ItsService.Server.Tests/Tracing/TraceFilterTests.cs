using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Tracing;

/// <summary>Which events pass which filters, and which filters are refused.</summary>
public class TraceFilterTests
{
    // What Act does, in order: the kinds, and of which ITS, device, event, INTID and vCPU each is.
    private static readonly string[] All =
    [
        "Msi its0 device7 event1 8193 @1", "Line @1",
        "Msi its1 device9 event0 8300 @0", "Line @0",
        "Msi its0 device7 event5",
        "Acknowledge 8300 @0", "Line @0", "End 8300 @0",
        "Level 40", "Level 27 @1",
        "Switch its1", "Switch", "Line @1",
        "Vm",
    ];

    public static TheoryData<string, int[]> Filters => new()
    {
        { "", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13] },
        { "kind Msi", [0, 2, 4] },
        { "kind Line, kind Vm", [1, 3, 6, 12, 13] },
        { "kind Switch", [10, 11] },
        { "its 0", [0, 4] },
        { "its 1", [2, 10] },
        { "its 0, its 1", [0, 2, 4, 10] },
        { "device 7", [0, 4] },
        { "device 7, device 9, device 99", [0, 2, 4] },
        { "event 1", [0] },
        { "event 0, event 5", [2, 4] },
        { "intid 8300", [2, 5, 7] },
        { "intid 27, intid 40", [8, 9] },
        { "vcpu 0", [2, 3, 5, 6, 7] },
        { "vcpu 1", [0, 1, 9, 12] },
        { "vcpu 1, kind Line", [1, 12] },
        { "device 7, vcpu 1", [0] },
        { "device 7, vcpu 0", [] },
        { "device 7, kind Line", [] },
        { "its 0, device 7, event 1, intid 8193, vcpu 1, kind Msi", [0] },
    };

    public static TheoryData<string, ErrorReason, string, string> Refused => new()
    {
        { "kind Unspecified", ErrorReason.OutOfRange, "kinds[0]", "1..11" },
        { "kind Msi, kind 12", ErrorReason.OutOfRange, "kinds[1]", "1..11" },
        { "kind -1", ErrorReason.OutOfRange, "kinds[0]", "1..11" },
        { "its 2", ErrorReason.OutOfRange, "its[0]", "0..1" },
        { "vcpu 0, vcpu 2", ErrorReason.OutOfRange, "vcpus[1]", "0..1" },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task Events_pass_that_every_filter_matches(string filter, int[] passing)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await BootAsync(server);
        using var tracer = await Tracer.BeginAsync(guest, Request(filter));

        await ActAsync(guest);

        // The end comes behind all that is told.
        await server.Tcp.DeleteVmAsync(guest.Name);
        await tracer.EndAsync();
        var told = tracer.Rest();
        Assert.Equal(passing.Select(index => All[index]), told.Select(Text));
        Assert.Equal(passing.Select(index => (ulong)index + 1), told.Select(traced => traced.Sequence));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Number_that_no_event_can_have_is_refused(
        string filter, ErrorReason reason, string field, string accepted)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest", GuestMap.Spec(itsCount: 2));
        using var tracer = Tracer.Open(guest, Request(filter));

        new Expected(StatusCode.InvalidArgument, reason, field) { Resource = guest.Name, Accepted = accepted }
            .AssertMet(Refusal.Of(await tracer.EndAsync()));
    }

    [Fact]
    public async Task Filter_of_too_many_values_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        var values = Enumerable.Range(0, 257).Select(number => (uint)number).ToArray();
        using var tracer = Tracer.Open(guest, new TraceRequest { DeviceIds = { values } });
        using var most = await Tracer.BeginAsync(guest, new TraceRequest { DeviceIds = { values[1..] } });

        new Expected(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "device_ids")
        {
            Resource = guest.Name,
            Accepted = "at most 256",
        }.AssertMet(Refusal.Of(await tracer.EndAsync()));
    }

    [Fact]
    public async Task VM_that_is_not_there_cannot_be_traced()
    {
        await using var server = await TestServer.StartAsync();
        using var tracer = Tracer.Open(new Guest(server.Tcp, "vms/nobody"));

        Assert.Equal(ErrorReason.VmNotFound, Refusal.Of(await tracer.EndAsync()).Detail.Reason);
    }

    private static async Task<Guest> BootAsync(TestServer server)
    {
        var guest = await Guest.BootAsync(server.Tcp, "guest", itsCount: 2);
        await guest.MapDeviceAsync(7, eventCount: 2, firstLpi: 8192, collection: 1);
        await guest.MapDeviceAsync(9, eventCount: 1, firstLpi: 8300, its: 1);
        return guest;
    }

    private static async Task ActAsync(Guest guest)
    {
        await guest.SignalAsync(7, 1);
        await guest.SignalAsync(9, 0, its: 1);
        await guest.SignalAsync(7, 5);
        await guest.AcknowledgeAsync(0);
        await guest.EndAsync(0, 8300);
        await guest.SetLevelsAsync(LineLevels.High(40), LineLevels.High(27, vcpu: 1));
        await guest.WriteAsync("GITS_CTLR", 0, index: 1);
        await guest.WriteAsync("GICD_CTLR", 0);
        await guest.Api.PauseAsync(guest.Name);
    }

    private static TraceRequest Request(string filter)
    {
        var request = new TraceRequest();
        foreach (var words in filter.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split(' ')))
        {
            if (words[0] == "kind")
            {
                request.Kinds.Add(Enum.Parse<TraceEventKind>(words[1]));
                continue;
            }

            var list = words[0] switch
            {
                "its" => request.Its,
                "device" => request.DeviceIds,
                "event" => request.EventIds,
                "intid" => request.IntIds,
                _ => request.Vcpus,
            };
            list.Add(uint.Parse(words[1], provider: null));
        }

        return request;
    }

    private static string Text(TraceEvent traced) =>
        $"{traced.Kind}{(traced.HasIts ? $" its{traced.Its}" : "")}"
        + (traced.HasDeviceId ? $" device{traced.DeviceId}" : "")
        + (traced.HasEventId ? $" event{traced.EventId}" : "")
        + $"{(traced.HasIntId ? $" {traced.IntId}" : "")}{(traced.HasVcpu ? $" @{traced.Vcpu}" : "")}";
}
