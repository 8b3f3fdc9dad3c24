using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Diagnostics;

public class DiagnosticsRefusalTests
{
    [Fact]
    public async Task Page_size_beyond_the_limit_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");

        var refusal = await Refusal.OfAsync(() => server.Tcp.GetDiagnosticsAsync(
            new GetDiagnosticsRequest { Vm = guest.Name, PageSize = 1001 }));

        OutOfRange(guest, "page_size", "1..1000").AssertMet(refusal);
    }

    [Fact]
    public async Task Sequence_number_that_there_is_not_yet_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.BootAsync(server.Tcp, "guest");
        await guest.SignalAsync(1, 0);
        var request = new GetDiagnosticsRequest { Vm = guest.Name, AfterSequence = 1 };

        var inside = await server.Tcp.GetDiagnosticsAsync(request);
        request.AfterSequence = ulong.MaxValue;
        var refusal = await Refusal.OfAsync(() => server.Tcp.GetDiagnosticsAsync(request));

        Assert.Empty(inside.Mistakes);
        OutOfRange(guest, "after_sequence", "0..1").AssertMet(refusal);
    }

    [Fact]
    public async Task Vm_that_is_not_there_is_refused()
    {
        await using var server = await TestServer.StartAsync();

        var refusal = await Refusal.OfAsync(() => server.Tcp.GetDiagnosticsAsync(
            new GetDiagnosticsRequest { Vm = "vms/absent" }));

        new Expected(StatusCode.NotFound, ErrorReason.VmNotFound, "vm") { Resource = "vms/absent" }.AssertMet(refusal);
    }

    private static Expected OutOfRange(Guest guest, string field, string accepted) =>
        new(StatusCode.InvalidArgument, ErrorReason.OutOfRange, field) { Resource = guest.Name, Accepted = accepted };
}
