using Grpc.Core;

namespace ItsService.Server.Tests;

/// <summary>No await of a test may last longer than this.</summary>
internal static class TestTimeout
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static Task WithinLimit(this Task task) => task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    public static Task<T> WithinLimit<T>(this Task<T> task) =>
        task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    public static async Task<T> WithinLimit<T>(this AsyncUnaryCall<T> call)
    {
        using (call)
        {
            return await call.ResponseAsync.WithinLimit();
        }
    }

    public static Task<bool> MoveNextWithinLimit<T>(this IAsyncStreamReader<T> stream) =>
        stream.MoveNext(TestContext.Current.CancellationToken).WithinLimit();
}
