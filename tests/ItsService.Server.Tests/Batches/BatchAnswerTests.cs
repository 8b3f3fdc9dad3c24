using System.Buffers;
using Google.Protobuf;
using ItsService.Protocol.V1;
using ItsService.Server.Wire;

namespace ItsService.Server.Tests.Batches;

/// <summary>The server's own encoder of answers writes what the generated one writes.</summary>
public class BatchAnswerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40)]
    public void Random_answer_is_encoded_as_by_the_generated_code(int expectedCount)
    {
        var random = new Random(21);
        for (var made = 0; made < 200; made++)
        {
            var expected = new BatchResponse();
            var answer = new BatchAnswer(expectedCount);
            for (var count = random.Next(80); count > 0; count--)
            {
                Add(answer, expected, random);
            }

            for (var count = random.Next(4); count > 0; count--)
            {
                var line = new VcpuLine { Vcpu = (uint)random.Next(512), Generation = (ulong)random.NextInt64() };
                answer.ChangedLines.Add(line);
                expected.ChangedLines.Add(line);
            }

            AssertEncoded(expected, answer);
        }
    }

    [Fact]
    public void Values_of_each_length_are_encoded_as_by_the_generated_code()
    {
        ulong[] values =
        [
            0, ulong.MaxValue,
            .. Enumerable.Range(0, 64).SelectMany(bit => new[] { 1UL << bit, (1UL << bit) - 1, (1UL << bit) + 1 }),
        ];
        var expected = new BatchResponse();
        expected.Results.AddRange(values.Select(value => new AccessResult { Value = value }));
        var answer = new BatchAnswer(values.Length);
        Array.ForEach(values, answer.AddValue);

        AssertEncoded(expected, answer);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(13)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(300_000)]
    public void Data_of_any_length_finds_room(int length)
    {
        var data = ByteString.CopyFrom([.. Enumerable.Range(0, length).Select(place => (byte)(place * 7))]);
        var expected = new BatchResponse
        {
            Results =
            {
                new AccessResult { Value = ulong.MaxValue },
                new AccessResult { Data = data },
                new AccessResult { Done = new WriteDone() },
                new AccessResult { Data = data },
                new AccessResult { Value = 1 },
            },
        };
        var answer = new BatchAnswer(0);
        answer.AddValue(ulong.MaxValue);
        answer.Add(expected.Results[1]);
        answer.AddDone();
        answer.Add(expected.Results[3]);
        answer.AddValue(1);

        AssertEncoded(expected, answer);
    }

    [Fact]
    public void Answer_is_sent_once_and_its_buffer_given_back_once()
    {
        var answer = new BatchAnswer(100);
        answer.AddDone();
        answer.WriteTo(new SentMessage());

        Assert.Throws<InvalidOperationException>(() => answer.WriteTo(new SentMessage()));
        AssertPoolGivesEachBufferOnce(800);
    }

    [Fact]
    public void Request_gives_its_buffer_back_once()
    {
        var batch = ReceivedBatch.From(new ReceivedMessage(Array.Empty<byte>()));
        batch.Dispose();
        batch = ReceivedBatch.From(new ReceivedMessage(Wire.Text(1, new string('v', 700))));
        batch.Dispose();
        batch.Dispose();
        AssertPoolGivesEachBufferOnce(700);

        // The buffer for what is read in another way, too.
        byte[] odd = [.. Wire.Text(1, new string('v', 700)), .. Wire.Number(9, 9)];
        batch = ReceivedBatch.From(new ReceivedMessage(odd));
        batch.Dispose();
        batch.Dispose();
        Assert.Throws<InvalidProtocolBufferException>(() => ReceivedBatch.From(new ReceivedMessage(odd[..^1])));
        AssertPoolGivesEachBufferOnce(700);
    }

    private static void Add(BatchAnswer answer, BatchResponse expected, Random random)
    {
        var value = (ulong)random.NextInt64() << random.Next(2) >> random.Next(64);
        switch (random.Next(6))
        {
            case 0:
                answer.AddValue(value);
                expected.Results.Add(new AccessResult { Value = value });
                return;
            case 1:
                answer.AddDone();
                expected.Results.Add(new AccessResult { Done = new WriteDone() });
                return;
        }

        var result = random.Next(4) switch
        {
            0 => new AccessResult(),
            1 => new AccessResult { Data = ByteString.CopyFrom(new byte[random.Next(300)]) },
            2 => new AccessResult
            {
                Done = new WriteDone { Msi = new SignalMsiResult { Outcome = MsiOutcome.Pended, IntId = (uint)value } },
            },
            _ => new AccessResult
            {
                Error = new AccessError { Reason = ErrorReason.NoMemory, Message = new string('x', random.Next(200)) },
            },
        };
        answer.Add(result);
        expected.Results.Add(result);
    }

    private static void AssertEncoded(BatchResponse expected, BatchAnswer answer)
    {
        var sent = new SentMessage();
        answer.WriteTo(sent);
        Assert.Equal(expected, BatchResponse.Parser.ParseFrom(sent.Bytes));
        Assert.Equal(expected.ToByteArray(), sent.Bytes);
    }

    // One that was given back twice is lent twice.
    private static void AssertPoolGivesEachBufferOnce(int length)
    {
        var lent = Enumerable.Range(0, 8).Select(_ => ArrayPool<byte>.Shared.Rent(length)).ToArray();
        Assert.Equal(lent.Length, lent.Distinct(ReferenceEqualityComparer.Instance).Count());
        Array.ForEach(lent, buffer => ArrayPool<byte>.Shared.Return(buffer));
    }
}
