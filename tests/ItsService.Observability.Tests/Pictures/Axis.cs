namespace ItsService.Observability.Tests.Pictures;

/// <summary>Where values stand on an axis, from its low end (0) to its high end (1), and which are named.</summary>
internal sealed class Axis
{
    private readonly double _low;
    private readonly double _high;
    private readonly bool _isLogarithmic;

    private Axis(double low, double high, bool isLogarithmic)
    {
        _low = low;
        _high = high;
        _isLogarithmic = isLogarithmic;
    }

    /// <summary>The values that are named.</summary>
    public IReadOnlyList<double> Ticks => _isLogarithmic ? Decades() : Steps();

    /// <summary>Around all of some values; what is not above 0 has no place on a logarithmic one.</summary>
    public static Axis Around(IEnumerable<double> values, bool isLogarithmic)
    {
        var shown = values.Where(value => !isLogarithmic || value > 0).ToList();
        if (isLogarithmic)
        {
            var (least, most) = shown.Count == 0 ? (1, 10) : (shown.Min(), shown.Max());
            var low = Math.Floor(Math.Log10(least));
            return new Axis(low, Math.Max(low + 1, Math.Ceiling(Math.Log10(most))), true);
        }

        var high = shown.DefaultIfEmpty(0).Max();
        return new Axis(0, high <= 0 ? 1 : high * 1.1, false);
    }

    /// <summary>The place of a value; below 0 or above 1 where it is outside.</summary>
    public double Place(double value) =>
        ((_isLogarithmic ? Math.Log10(Math.Max(value, double.Epsilon)) : value) - _low) / (_high - _low);

    private List<double> Decades() =>
        [.. Enumerable.Range((int)_low, (int)(_high - _low) + 1).Select(power => Math.Pow(10, power))];

    private List<double> Steps()
    {
        const int Wanted = 4;
        var rough = _high / Wanted;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = new[] { 1, 2, 5, 10 }.Select(factor => factor * power).First(size => size >= rough);
        return [.. Enumerable.Range(0, (int)(_high / step) + 1).Select(number => number * step)];
    }
}
