using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using ItsService.Client;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;
using ItsService.Server.Tests.Batches;

namespace ItsService.Cli.Tests.Clients;

/// <summary>The client reads the answer to a batch as the generated parser reads it, however it is encoded.</summary>
public class BatchAnswerTests
{
    private const int Results = 1;
    private const int ChangedLines = 2;

    private static readonly byte[] Line = Wire.Block(ChangedLines, Wire.Number(1, 3), Wire.Number(2, 1));
    private static readonly byte[] Unknown = Wire.Number(77, 7);

    public static TheoryData<string, byte[]> Forms => new()
    {
        { "empty message", [] },
        { "lines before results", Wire.Join(Line, One(Wire.Number(1, 5)), Line) },
        { "unknown fields at each level", Wire.Join(Unknown, One(Unknown, Wire.Number(1, 5), Unknown), Line, Unknown) },
        { "unknown group", Wire.Join(Wire.Group(9, Unknown), One(Wire.Group(9), Wire.Number(1, 5)), Line) },
        { "unknown field of a line", Wire.Join(Wire.Block(ChangedLines, Wire.Number(1, 3), Unknown), One(Unknown)) },
        { "empty result", One() },
        { "value 0", One(Wire.Number(1, 0)) },
        { "largest value", One(Wire.Number(1, ulong.MaxValue)) },
        { "value of ten bytes", One(Wire.Number(1, 5, length: 10)) },
        { "two values", One(Wire.Number(1, 5), Wire.Number(1, 6)) },
        { "value and then done", One(Wire.Number(1, 5), Wire.Block(3)) },
        { "done and then a value", One(Wire.Block(3), Wire.Number(1, 5)) },
        { "error and then a value", One(Wire.Block(4, Wire.Number(1, 1)), Wire.Number(1, 5)) },
        { "value and then an error", One(Wire.Number(1, 5), Wire.Block(4, Wire.Text(2, "no"))) },
        { "error in two parts", One(Wire.Block(4, Wire.Number(1, 1)), Wire.Block(4, Wire.Text(2, "no"))) },
        { "empty error", One(Wire.Block(4)) },
        { "unknown reason", One(Wire.Block(4, Wire.Number(1, ulong.MaxValue), Wire.Text(2, "no"))) },
        { "done with an unknown field", One(Wire.Block(3, Unknown)) },
        { "done with an empty message", One(Wire.Block(3, Wire.Block(1))) },
        { "empty data", One(Wire.Block(2)) },
        { "value of another wire type", One(Wire.Fixed64(1, 5)) },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Form_is_read_as_by_the_generated_parser(string form, byte[] answer)
    {
        Assert.NotEmpty(form);
        await using var service = await RawService.StartAsync();
        await using var client = ItsClient.Connect(service.Url);

        await AssertReadAsync(service, client, answer);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0.01)]
    [InlineData(3, 0.1)]
    public async Task Random_answer_is_read_as_by_the_generated_parser(int seed, double oddity)
    {
        await using var service = await RawService.StartAsync();
        await using var client = ItsClient.Connect(service.Url);
        var wire = new RandomWire(new Random(seed), oddity, _ => null, BytesOf);

        var (readCount, failureCount) = (0, 0);
        for (var made = 0; made < 150; made++)
        {
            if (await AssertReadAsync(service, client, wire.Message(BatchResponse.Descriptor)) is { } results)
            {
                readCount++;
                failureCount += results.Failures.Count;
            }
        }

        Assert.InRange(readCount, 50, 150);
        Assert.InRange(failureCount, 10, int.MaxValue);
    }

    [Fact]
    public async Task Malformed_answer_ends_as_that_to_any_other_call()
    {
        await using var service = await RawService.StartAsync();
        await using var client = ItsClient.Connect(service.Url);
        var whole = new BatchResponse
        {
            Results =
            {
                new AccessResult { Value = 500 },
                new AccessResult { Error = new AccessError { Message = "no" } },
                new AccessResult { Data = ByteString.CopyFromUtf8("data") },
            },
            ChangedLines = { new VcpuLine { Vcpu = 300, Generation = 7 } },
        }.ToByteArray();

        for (var length = 0; length < whole.Length; length++)
        {
            await AssertReadAsync(service, client, whole[..length]);
        }

        var random = new Random(5);
        for (var made = 0; made < 100; made++)
        {
            var changed = whole.ToArray();
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            await AssertReadAsync(service, client, changed);
        }
    }

    [Fact]
    public async Task Place_of_another_batch_is_out_of_range()
    {
        await using var service = await RawService.StartAsync();
        await using var client = ItsClient.Connect(service.Url);
        service.Answer = new BatchResponse { Results = { new AccessResult { Value = 1 } } }.ToByteArray();

        var results = await SendAsync(client);

        Assert.Equal(1u, results.Value(new BatchValue(0)));
        foreach (var place in (int[])[-1, 1, int.MaxValue])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => results.Value(new BatchValue(place)));
            Assert.Throws<ArgumentOutOfRangeException>(() => results.TryGetValue(new BatchValue(place), out _));
            Assert.Throws<ArgumentOutOfRangeException>(() => results.Bytes(new BatchBytes(place)));
            Assert.Throws<ArgumentOutOfRangeException>(() => results.Message(new BatchMessage(place)));
        }
    }

    /// <summary>The results; null when the answer is no message, which the client must say too.</summary>
    private static async Task<BatchResults?> AssertReadAsync(RawService service, ItsClient client, byte[] answer)
    {
        service.Answer = answer;
        BatchResponse expected;
        try
        {
            expected = BatchResponse.Parser.ParseFrom(answer);
        }
        catch (InvalidProtocolBufferException)
        {
            var failure = await Assert.ThrowsAsync<ItsServiceException>(() => SendAsync(client));
            service.Answer = [0x0A, 0x7F];
            var other = await Assert.ThrowsAsync<ItsServiceException>(() => client.Vm("any").ReadSystemRegisterAsync(
                new VcpuIndex(0), SystemRegisterId.IccPmr, Cancellation).WithinLimit());
            Assert.Equal((other.StatusCode, other.IsUnreachable), (failure.StatusCode, failure.IsUnreachable));
            return null;
        }

        var results = await SendAsync(client);
        AssertSame(expected, results, Convert.ToHexString(answer));
        return results;
    }

    private static Task<BatchResults> SendAsync(ItsClient client) =>
        client.Vm("any").Batch()
            .Read(RegisterPlace.Named("GITS_TYPER"), AccessSize.Natural, out _)
            .SendAsync(Cancellation)
            .WithinLimit();

    private static void AssertSame(BatchResponse expected, BatchResults results, string what)
    {
        Assert.Equal(expected.ChangedLines, results.ChangedLines);
        Assert.Equal(
            expected.Results.Index().Where(result => result.Item.Error is not null)
                .Select(result => new BatchFailure(result.Index, result.Item.Error)),
            results.Failures);
        foreach (var (place, result) in expected.Results.Index())
        {
            var isValue = results.TryGetValue(new BatchValue(place), out var value);
            Assert.True(
                (isValue, value) == (result.KindCase == AccessResult.KindOneofCase.Value, result.Value),
                $"{place} in {what}: {result} and not {value}");
            if (result.Error is { } error)
            {
                AssertFails(error, place, () => results.Value(new BatchValue(place)));
                AssertFails(error, place, () => results.Bytes(new BatchBytes(place)));
                AssertFails(error, place, () => results.Message(new BatchMessage(place)));
                continue;
            }

            Assert.Equal(result.Value, results.Value(new BatchValue(place)));
            Assert.Equal(result.Data.ToByteArray(), results.Bytes(new BatchBytes(place)).ToArray());
            Assert.Equal(result.Done?.Msi, results.Message(new BatchMessage(place)));
        }
    }

    private static void AssertFails(AccessError error, int place, Func<object?> use)
    {
        var failure = Assert.Throws<ItsServiceException>(() => { use(); });
        Assert.Equal(error.Reason, failure.Reason);
        Assert.StartsWith($"accesses[{place}]: {error.Message}", failure.Message, StringComparison.Ordinal);
    }

    private static byte[]? BytesOf(FieldDescriptor field) =>
        field.FieldType == FieldType.String ? Encoding.UTF8.GetBytes("cannot be made") : null;

    private static byte[] One(params byte[][] fields) => Wire.Block(Results, fields);
}
