using ItsService.Core.Registers;
using ItsService.Core.Tests.Support;

namespace ItsService.Core.Tests.Registers;

/// <summary>Every [high:low] pair against a loop over single bits.</summary>
public class BitsTests
{
    private const ulong Pattern = 0xA5C3_9F06_1E2D_7B48;

    [Fact]
    public void Mask_has_ones_exactly_from_low_to_high()
    {
        ForEachPair((high, low) => Assert.Equal(MaskByBits(high, low), Bits.Mask(high, low)));
    }

    [Fact]
    public void Field_moves_the_bits_down()
    {
        ForEachPair((high, low) =>
        {
            var expected = 0UL;
            for (var bit = low; bit <= high; bit++)
            {
                expected |= ((Pattern >> bit) & 1) << (bit - low);
            }

            Assert.Equal(expected, Pattern.Field(high, low));
        });
    }

    [Fact]
    public void WithField_replaces_the_field_and_nothing_else()
    {
        var random = new Xorshift(1);
        ForEachPair((high, low) =>
        {
            var field = random.Next();
            var result = Pattern.WithField(high, low, field);

            Assert.Equal(Pattern & ~MaskByBits(high, low), result & ~MaskByBits(high, low));
            Assert.Equal(field & (MaskByBits(high, low) >> low), result.Field(high, low));
        });
    }

    [Fact]
    public void Bit_and_WithBit_agree_on_every_bit()
    {
        for (var bit = 0; bit < 64; bit++)
        {
            Assert.Equal(((Pattern >> bit) & 1) == 1, Pattern.Bit(bit));
            Assert.Equal(Pattern | (1UL << bit), Pattern.WithBit(bit, true));
            Assert.Equal(Pattern & ~(1UL << bit), Pattern.WithBit(bit, false));
        }
    }

    [Fact]
    public void Ones_counts_from_none_to_all()
    {
        Assert.Equal(0UL, Bits.Ones(0));
        Assert.Equal(1UL, Bits.Ones(1));
        Assert.Equal(0x7FFF_FFFF_FFFF_FFFFUL, Bits.Ones(63));
        Assert.Equal(ulong.MaxValue, Bits.Ones(64));
    }

    private static ulong MaskByBits(int high, int low)
    {
        var mask = 0UL;
        for (var bit = low; bit <= high; bit++)
        {
            mask |= 1UL << bit;
        }

        return mask;
    }

    private static void ForEachPair(Action<int, int> check)
    {
        for (var high = 0; high < 64; high++)
        {
            for (var low = 0; low <= high; low++)
            {
                check(high, low);
            }
        }
    }
}
