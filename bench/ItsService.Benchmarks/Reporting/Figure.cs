namespace ItsService.Benchmarks.Reporting;

/// <summary>One measured number.</summary>
/// <param name="Key">Its name; those that have a target are listed in <see cref="Targets"/>.</param>
/// <param name="Value">The median, unscaled; null when it was not measured.</param>
/// <param name="Unit">ns, ratio, per_s, bytes or ms.</param>
/// <param name="Samples">Of how many measurements.</param>
internal sealed record Figure(string Key, double? Value, string Unit, int Samples)
{
    /// <summary>Bytes of garbage per operation, where that is known.</summary>
    public long? AllocatedBytes { get; init; }

    /// <summary>What stood in the way of measuring it.</summary>
    public string? Reason { get; init; }

    public static Figure NotMeasured(string key, string unit, string reason) =>
        new(key, null, unit, 0) { Reason = reason };

    /// <summary>The median of measurements of the same thing.</summary>
    public static Figure MedianOf(string key, string unit, IEnumerable<double> samples)
    {
        double[] ordered = [.. samples.Order()];
        var middle = ordered.Length / 2;
        var median = ordered.Length % 2 == 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
        return new Figure(key, median, unit, ordered.Length);
    }
}
