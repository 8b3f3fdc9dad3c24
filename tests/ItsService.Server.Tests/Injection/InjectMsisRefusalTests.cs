using Google.Protobuf;
using Grpc.Core;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Refusals;

namespace ItsService.Server.Tests.Injection;

/// <summary>What cannot be taken from a stream: what was taken before is told, and nothing of it happens.</summary>
public class InjectMsisRefusalTests
{
    private const uint Device = 7;
    private const StatusCode Invalid = StatusCode.InvalidArgument;

    private static readonly Dictionary<string, (InjectMsisRequest Message, Expected Expected)> Cases = new()
    {
        ["records that do not divide"] = (
            Batch(2, ByteString.CopyFrom(new byte[15])),
            new Expected(Invalid, ErrorReason.OutOfRange, "batch.records") { Accepted = "a multiple of 8" }),
        ["a batch over the limit"] = (
            Batch(2, ByteString.CopyFrom(new byte[8 * 101])),
            new Expected(StatusCode.ResourceExhausted, ErrorReason.LimitExceeded, "batch.records")
            {
                Accepted = "at most 100",
            }),
        ["an ITS that is not there"] = (
            Batch(2, SenderStream.Records((Device, 0u)), its: 1),
            new Expected(Invalid, ErrorReason.OutOfRange, "batch.its") { Accepted = "0" }),
        ["the greatest ITS"] = (
            Batch(2, SenderStream.Records((Device, 0u)), its: uint.MaxValue),
            new Expected(Invalid, ErrorReason.OutOfRange, "batch.its") { Accepted = "0" }),
        ["a batch that was left out"] = (
            Batch(3, SenderStream.Records((Device, 0u))),
            new Expected(Invalid, ErrorReason.WrongSequence, "batch.sequence") { Accepted = "2" }),
        ["a batch without a number"] = (
            Batch(0, SenderStream.Records((Device, 0u))),
            new Expected(Invalid, ErrorReason.WrongSequence, "batch.sequence") { Accepted = "2" }),
        ["a second start"] = (
            new InjectMsisRequest { Start = new InjectMsisStart { Vm = "vms/guest" } },
            new Expected(Invalid, ErrorReason.UnexpectedMessage, "start") { Accepted = "batch" }),
        ["a message without content"] = (
            new InjectMsisRequest(),
            new Expected(Invalid, ErrorReason.UnexpectedMessage, "message") { Accepted = "batch" }),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public async Task Stream_ends_at(string problem)
    {
        await using var server = await TestServer.StartAsync(options => options.Limits.MsiBatchRecordsMax = 100);
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        var (message, expected) = Cases[problem];
        using var stream = await SenderStream.OpenAsync(guest);
        var other = await InjectMsisTests.BootAsync(server.Tcp, id: "other");
        using var ofOther = await SenderStream.OpenAsync(other);
        await stream.SendAsync((Device, 1u));
        await ofOther.SendAsync((Device, 0u));

        await stream.WriteAsync(message);
        var (end, last) = await stream.EndAsync();
        await ofOther.SendAsync((Device, 1u));
        var lastOfOther = await ofOther.EndsWellAsync();

        (expected with { Resource = guest.Name }).AssertMet(Refusal.Of(end));
        Assert.Equal((1u, 1u), (last.Sequence, last.Accepted));
        Assert.Equal(1023u, await guest.AcknowledgeAsync(0));
        Assert.Equal((2u, 2u), (lastOfOther.Accepted, lastOfOther.Pended));
        Assert.Equal(8193u, await other.AcknowledgeAsync(1));
    }

    [Fact]
    public async Task Stream_begins_with_a_start_of_a_VM_that_is_there_and_a_sender_with_a_name()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var early = SenderStream.Open(server.Tcp);
        await early.SendAsync((Device, 0u));
        using var absent = SenderStream.Open(server.Tcp);
        await absent.WriteAsync(new InjectMsisRequest { Start = new InjectMsisStart { Vm = "vms/absent" } });
        using var nameless = SenderStream.Open(server.Tcp);
        await nameless.WriteAsync(
            new InjectMsisRequest { Start = new InjectMsisStart { Vm = guest.Name, Sender = "too short" } });

        using var slow = SenderStream.Open(server.Tcp);
        await slow.WriteAsync(
            new InjectMsisRequest { Start = new InjectMsisStart { Vm = guest.Name, AnswerDelayMs = 1001 } });

        new Expected(Invalid, ErrorReason.OutOfRange, "start.answer_delay_ms")
        {
            Resource = guest.Name,
            Accepted = "0..1000",
        }.AssertMet(Refusal.Of((await slow.EndAsync()).End));
        new Expected(Invalid, ErrorReason.Required, "start").AssertMet(Refusal.Of((await early.EndAsync()).End));
        new Expected(StatusCode.NotFound, ErrorReason.VmNotFound, "start.vm") { Resource = "vms/absent" }
            .AssertMet(Refusal.Of((await absent.EndAsync()).End));
        new Expected(Invalid, ErrorReason.MalformedName, "start.sender")
        {
            Resource = guest.Name,
            Accepted = "16..64 characters",
        }.AssertMet(Refusal.Of((await nameless.EndAsync()).End));
    }

    [Fact]
    public async Task ITS_that_is_not_there_is_told_by_its_number()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var stream = await SenderStream.OpenAsync(guest);

        await stream.SendAsync(SenderStream.Records((Device, 0u)), its: uint.MaxValue);

        Assert.Equal("there is no ITS 4294967295", Refusal.Of((await stream.EndAsync()).End).Detail.Message);
    }

    [Fact]
    public async Task Fields_may_come_in_any_order_and_with_others_between_them()
    {
        await using var server = await TestServer.StartAsync();
        var guest = await InjectMsisTests.BootAsync(server.Tcp);
        using var stream = await SenderStream.OpenAsync(guest);

        // Records before the number, a number twice, and a field of a newer version.
        var batch = new byte[]
        {
            0x1A, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0x08, 9, 0x08, 1, 0x78, 5,
        };
        var bytes = new byte[] { 0x12, (byte)batch.Length }.Concat(batch).ToArray();
        await stream.WriteAsync(InjectMsisRequest.Parser.ParseFrom(bytes));
        var answer = (await stream.ReadUntilAsync(1))[^1];

        Assert.Equal(1u, answer.Pended);
    }

    private static InjectMsisRequest Batch(ulong sequence, ByteString records, uint its = 0) =>
        new() { Batch = new MsiBatch { Sequence = sequence, Its = its, Records = records } };
}
