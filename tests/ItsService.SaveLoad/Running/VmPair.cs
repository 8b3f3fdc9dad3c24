using ItsService.Client;
using ItsService.Protocol.V1;
using ItsService.SaveLoad.Guests;
using ItsService.SaveLoad.Load;
using ItsService.SaveLoad.Serving;

namespace ItsService.SaveLoad.Running;

/// <summary>The server, the VM that has the load, and a second one, Paused, into which states are restored.</summary>
internal sealed class VmPair : IAsyncDisposable
{
    private readonly string _socketPath;
    private readonly List<ServerProcess> _servers = [];
    private int _vmCount;

    private VmPair(string socketPath, ServerProcess server, string vm, VmHandle spare)
    {
        (_socketPath, Spare) = (socketPath, spare);
        _servers.Add(server);
        LoadTarget = new LoadTarget(new ServedVm(server, vm));
    }

    public LoadTarget LoadTarget { get; }

    /// <summary>The VM that has the load, as the saves reach it: over TCP.</summary>
    public VmHandle Vm => LoadTarget.Current.Over(Road.Tcp);

    /// <summary>The second VM.</summary>
    public VmHandle Spare { get; private set; }

    private ServerProcess Server => _servers[^1];

    public static async Task<VmPair> OpenAsync(string socketPath)
    {
        var server = await ServerProcess.StartAsync(socketPath);
        try
        {
            var vm = await server.Tcp.CreateVmAsync("first", GuestLayout.Spec());
            return new VmPair(socketPath, server, vm.Name.Value, await CreateSpareAsync(server, 0));
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The second VM runs and has the load from now on. The first is deleted, if it still is; a new second one is made.
    /// </summary>
    public async Task TakeOverAsync(Func<VmHandle, Task> beforeLoad)
    {
        var next = Spare;
        if (LoadTarget.Current.Server == Server)
        {
            await Vm.DeleteAsync();
        }

        await next.ResumeAsync();
        await beforeLoad(next);
        Spare = await CreateSpareAsync(Server, ++_vmCount);
        LoadTarget.Change(new ServedVm(Server, next.Name.Value));
    }

    /// <summary>Kills the server with both VMs and starts another, with a second VM alone, to take over.</summary>
    public async Task RestartAsync()
    {
        Server.Kill();
        _servers.Add(await ServerProcess.StartAsync(_socketPath));
        Spare = await CreateSpareAsync(Server, ++_vmCount);
    }

    /// <summary>Ends the server, and with it all calls that wait.</summary>
    public void Close()
    {
        LoadTarget.Close();
        Server.Kill();
    }

    public ValueTask DisposeAsync()
    {
        _servers.ForEach(server => server.Dispose());
        return ValueTask.CompletedTask;
    }

    private static Task<VmHandle> CreateSpareAsync(ServerProcess server, int number) =>
        server.Tcp.CreateVmAsync(
            new CreateVmRequest { VmId = $"restored-{number}", Spec = GuestLayout.Spec(), StartPaused = true });
}
