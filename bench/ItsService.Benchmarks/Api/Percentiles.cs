namespace ItsService.Benchmarks.Api;

/// <summary>Parts of an unordered list of measurements.</summary>
internal static class Percentiles
{
    public static double At(List<double> samples, double part)
    {
        samples.Sort();
        return samples[(int)(part * (samples.Count - 1))];
    }
}
