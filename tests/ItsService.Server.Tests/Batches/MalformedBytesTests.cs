namespace ItsService.Server.Tests.Batches;

/// <summary>What is no BatchRequest is none for the server as it is none for the generated parser.</summary>
public class MalformedBytesTests
{
    [Theory]
    [InlineData(11, 0)]
    [InlineData(12, 0.02)]
    public void Batch_that_is_cut_short_is_read_as_by_the_generated_parser(int seed, double oddity)
    {
        var batches = new RandomBatches(seed, oddity);
        var malformedCount = 0;
        for (var made = 0; made < 15; made++)
        {
            var message = batches.Next();
            for (var length = 0; length < message.Length; length++)
            {
                malformedCount += BatchReading.InBothWays(message[..length]).IsMalformed ? 1 : 0;
            }
        }

        Assert.InRange(malformedCount, 500, int.MaxValue);
    }

    [Theory]
    [InlineData(13, 0)]
    [InlineData(14, 0.02)]
    public void Batch_with_other_bytes_is_read_as_by_the_generated_parser(int seed, double oddity)
    {
        var batches = new RandomBatches(seed, oddity);
        var random = new Random(seed);
        var malformedCount = 0;
        for (var made = 0; made < 2000; made++)
        {
            var message = batches.Next();
            for (var change = random.Next(1, 4); change > 0 && message.Length > 0; change--)
            {
                ref var place = ref message[random.Next(message.Length)];
                place = (byte)(random.Next(2) == 0 ? place ^ (1 << random.Next(8)) : random.Next(256));
            }

            malformedCount += BatchReading.InBothWays(message).IsMalformed ? 1 : 0;
        }

        Assert.InRange(malformedCount, 200, 1800);
    }

    [Fact]
    public void Garbage_is_read_as_by_the_generated_parser()
    {
        var random = new Random(15);
        for (var made = 0; made < 2000; made++)
        {
            var garbage = new byte[random.Next(60)];
            random.NextBytes(garbage);
            BatchReading.InBothWays(garbage);
        }
    }
}
