namespace ItsService.StandIns.Tests;

/// <summary>No await of a test may last longer than this.</summary>
internal static class TestTimeout
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Task WithinLimit(this Task task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    public static Task<T> WithinLimit<T>(this Task<T> task) =>
        task.WaitAsync(Limit, TestContext.Current.CancellationToken);
}
