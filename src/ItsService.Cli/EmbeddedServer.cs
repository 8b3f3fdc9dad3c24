using ItsService.Client;

namespace ItsService.Cli;

/// <summary>A service inside this process, for `--embedded`.</summary>
internal sealed class EmbeddedServer : IAsyncDisposable
{
    public ServerAddress Address => throw new NotSupportedException();

    public static Task<EmbeddedServer> StartAsync(CancellationToken cancellationToken) =>
        throw new UsageException("--embedded is not in this build");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
