using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;

namespace ItsService.Server.Tests.Refusals;

/// <summary>
/// Bytes on a client's stream that are no message: the stream ends with what is wrong, and never with OK.
/// </summary>
public class MalformedMessageTests
{
    // A field of 127 bytes, of which there is one.
    private static readonly byte[] Malformed = [0x12, 0x7F, 0x01];

    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["InjectMsis"] = new(
            Interrupts.Descriptor,
            vm => new InjectMsisRequest { Start = new InjectMsisStart { Vm = vm } },
            nameof(InjectMsisRequest)),
        ["Attach"] = new(
            Vmm.Descriptor, vm => new FromVmm { Attach = new AttachRequest { Vm = vm } }, nameof(FromVmm)),
        ["Serve"] = new(
            GuestMemory.Descriptor,
            vm => new ServeMemoryRequest { Start = new ServeMemoryStart { Vm = vm } },
            nameof(ServeMemoryRequest)),
    };

    public static TheoryData<string> Methods => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Malformed_message_ends_the_stream_with_what_is_wrong(string method)
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        var (service, start, accepted) = Cases[method];
        using var stream = new RawStream(server.Tcp, service, method);
        await stream.WriteAsync(start(guest.Name).ToByteArray());

        await stream.WriteAsync(Malformed);

        AssertRefused(await stream.EndAsync(), guest.Name, accepted);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Stream_that_begins_with_a_malformed_message_is_refused(string method)
    {
        await using var server = await TestServer.StartAsync();
        var (service, _, accepted) = Cases[method];
        using var stream = new RawStream(server.Tcp, service, method);

        await stream.WriteAsync(Malformed);

        AssertRefused(await stream.EndAsync(), resource: null, accepted);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Stream_that_has_not_begun_does_not_keep_the_server_from_stopping(string method)
    {
        await using var server = await TestServer.StartAsync();
        using var stream = new RawStream(server.Tcp, Cases[method].Service, method);
        await server.Requests.UntilAsync(1);

        var end = stream.EndAsync();
        await server.StopAsync();

        Assert.Equal(StatusCode.Unavailable, (await end).End.StatusCode);
    }

    [Fact]
    public async Task What_was_sent_before_a_malformed_message_has_happened_and_is_told()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await Guest.CreateAsync(server.Tcp, "guest");
        using var stream = new RawStream(server.Tcp, Interrupts.Descriptor, "InjectMsis");
        await stream.WriteAsync(Cases["InjectMsis"].Start(guest.Name).ToByteArray());
        await stream.ReadAsync();

        await stream.WriteAsync(new InjectMsisRequest { Batch = new MsiBatch { Sequence = 1 } }.ToByteArray());
        await stream.WriteAsync(Malformed);
        var (_, _, last) = await stream.EndAsync();

        Assert.Equal(1u, InjectMsisResponse.Parser.ParseFrom(last).Sequence);
    }

    private static void AssertRefused(
        (Status End, RpcException? Failure, byte[]? Last) ended, string? resource, string accepted)
    {
        Assert.Equal(StatusCode.InvalidArgument, ended.End.StatusCode);
        new Expected(StatusCode.InvalidArgument, ErrorReason.UnexpectedMessage, "message")
        {
            Resource = resource,
            Accepted = accepted,
        }.AssertMet(Refusal.Of(ended.Failure!));
    }

    private sealed record Case(ServiceDescriptor Service, Func<string, IMessage> Start, string Accepted);
}
