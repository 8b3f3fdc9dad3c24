using ItsService.Core.Identifiers;
using ItsService.Core.Redistributors;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Properties;

/// <summary>IntIdBitmap against a SortedSet.</summary>
public class IntIdBitmapProperties
{
    private const uint WidthEnd = 1 << 24;

    [Theory]
    [InlineData(11UL)]
    [InlineData(12UL)]
    [InlineData(13UL)]
    [InlineData(14UL)]
    public void Bitmap_holds_what_was_added_and_not_removed(ulong seed)
    {
        var random = new Xorshift(seed);
        var bitmap = new IntIdBitmap(new IntIdChunkPool());
        var expected = new SortedSet<uint>();
        for (var step = 0; step < 20_000; step++)
        {
            // Every few thousand steps the set drains, so that chunks empty and are used again.
            var drains = step / 2000 % 2 == 1;
            var intId = drains && expected.Count > 0 && !random.OneIn(4) ? Some(expected, random) : NextIntId(random);
            var where = new Where(seed, step);
            if (expected.Count > 0 && random.OneIn(8))
            {
                Must.Hold(expected.Min == bitmap.TakeFirst().Value, $"{where} first");
                expected.Remove(expected.Min);
            }
            else if (drains || random.OneIn(3))
            {
                Must.Hold(expected.Remove(intId) == bitmap.Remove(new IntId(intId)), $"{where} {intId}");
            }
            else
            {
                Must.Hold(expected.Add(intId) == bitmap.Add(new IntId(intId)), $"{where} {intId}");
            }

            Must.Hold(expected.Count == bitmap.Count, $"{where} {intId}");
            Must.Hold(expected.Contains(intId) == bitmap.Contains(new IntId(intId)), $"{where} {intId}");
            Must.Hold((expected.Count == 0) == bitmap.IsEmpty, $"{where} {intId}");
            Must.Hold(bitmap.IsEmpty || expected.Min == Next(bitmap, 0), $"{where} {intId}");
            var above = expected.GetViewBetween(intId, WidthEnd).FirstOrDefault(uint.MaxValue);
            Must.Hold(above == Next(bitmap, intId), $"{where} next from {intId}");
            if (step % 1000 == 0)
            {
                Must.Hold(expected.SequenceEqual(bitmap.InOrder().Select(member => member.Value)), $"{where} {intId}");
            }
        }

        bitmap.Clear();
        Assert.True(bitmap.IsEmpty && bitmap.Count == 0 && !bitmap.InOrder().Any());
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(63u)]
    [InlineData(64u)]
    [InlineData(4095u)]
    [InlineData(4096u)]
    [InlineData(262_143u)]
    [InlineData(262_144u)]
    [InlineData(WidthEnd - 1)]
    public void Lone_member_at_an_edge_is_found(uint intId)
    {
        var bitmap = new IntIdBitmap(new IntIdChunkPool());
        Assert.True(bitmap.Add(new IntId(intId)));
        Assert.False(bitmap.Add(new IntId(intId)));

        Assert.Equal([intId], bitmap.InOrder().Select(member => member.Value));
        Assert.False(bitmap.Contains(new IntId((intId + 1) % WidthEnd)));
        Assert.False(bitmap.Remove(new IntId((intId + 1) % WidthEnd)));
        Assert.True(bitmap.Remove(new IntId(intId)));
        Assert.True(bitmap.IsEmpty);
        Assert.True(bitmap.Add(new IntId(intId)));
        Assert.Equal(intId, bitmap.TakeFirst().Value);
        Assert.True(bitmap.IsEmpty && bitmap.Count == 0);
    }

    private static uint Next(IntIdBitmap bitmap, uint from) =>
        bitmap.TryNext(new IntId(from), out var next) ? next.Value : uint.MaxValue;

    private static uint Some(SortedSet<uint> members, Xorshift random) =>
        random.OneIn(2) ? members.Min : members.GetViewBetween(NextIntId(random), WidthEnd).FirstOrDefault(members.Max);

    private static uint NextIntId(Xorshift random) => random.Below(4) switch
    {
        0 => 8192 + random.Below(200),
        1 => 8192 + (random.Below(64) * 4096),
        2 => random.Below(65_536),
        _ => random.Below(WidthEnd),
    };
}
