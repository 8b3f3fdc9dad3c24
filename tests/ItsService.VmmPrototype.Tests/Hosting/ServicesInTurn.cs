using ItsService.Client;
using ItsService.VmmPrototype.Running;

namespace ItsService.VmmPrototype.Tests.Hosting;

/// <summary>
/// Services that follow one another over the same files: each is stopped before the next one is started.
/// </summary>
internal sealed class ServicesInTurn : IAsyncDisposable
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("its-vmm-");
    private LocalService? _present;

    public ItsClient Client => _present!.Client;

    public static async Task<ServicesInTurn> StartAsync()
    {
        var services = new ServicesInTurn();
        services._present = await LocalService.StartAsync(services._files);
        return services;
    }

    /// <summary>Moves after these lines, each to a new service.</summary>
    public GuestMoves After(bool byCheckpoint, params IReadOnlyList<string> lines) => new()
    {
        At = lines,
        ByCheckpoint = byCheckpoint,
        Next = async _ =>
        {
            await _present!.DisposeAsync();
            _present = await LocalService.StartAsync(_files);
            return _present.Client;
        },
    };

    public async ValueTask DisposeAsync()
    {
        await _present!.DisposeAsync();
        _files.Delete(recursive: true);
    }
}
