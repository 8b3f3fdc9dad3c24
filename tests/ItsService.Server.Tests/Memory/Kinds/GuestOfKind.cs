using ItsService.Protocol.V1;
using ItsService.Server.Tests.Guests;
using ItsService.Server.Tests.Hosting;
using ItsService.Server.Tests.Sessions;

namespace ItsService.Server.Tests.Memory.Kinds;

/// <summary>A guest whose RAM is of one kind, with whoever answers for it.</summary>
internal sealed class GuestOfKind : IDisposable
{
    private readonly List<IDisposable> _streams = [];

    private GuestOfKind(Guest guest)
    {
        Guest = guest;
    }

    public Guest Guest { get; }

    /// <summary>The RAM, where it is in the VMM.</summary>
    public VmmRam Ram { get; } = new();

    /// <summary>Where memory may be shared, beside a server's state directory.</summary>
    public static string DirectoryOf(TestServer server) =>
        Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(server.SocketPath)!, "ram")).FullName;

    public static Task<TestServer> StartServerAsync(Action<ItsServerOptions>? configure = null) =>
        TestServer.StartAsync(options =>
        {
            options.SharedMemoryDirectory = Path.Combine(Path.GetDirectoryName(options.UnixSocketPath)!, "ram");
            configure?.Invoke(options);
        });

    /// <summary>A VM whose guest has set up nothing.</summary>
    public static async Task<GuestOfKind> CreateAsync(
        TestServer server, MemoryKind kind, string id = "guest", VmSpec? spec = null)
    {
        spec ??= GuestMap.Spec();
        foreach (var region in spec.MemoryRegions)
        {
            SetBacking(region, kind, server, id);
        }

        var made = new GuestOfKind(await Guest.CreateAsync(server.Tcp, id, spec));
        await made.ServeAsync(kind);
        return made;
    }

    /// <summary>A VM whose guest has set up LPIs, an ITS and a collection for each vCPU.</summary>
    public static async Task<GuestOfKind> BootAsync(TestServer server, MemoryKind kind, string id = "guest")
    {
        var made = await CreateAsync(server, kind, id);
        await made.SetUpAsync();
        return made;
    }

    /// <summary>LPIs, an ITS and a collection for each vCPU.</summary>
    public async Task SetUpAsync(uint queuePages = 16)
    {
        await Guest.SetUpLpisAsync(vcpuCount: 2);
        await Guest.SetUpItsAsync(queuePages: queuePages);
        await Guest.RunAsync(ItsCommand.MapCollection(0, 0), ItsCommand.MapCollection(1, 1), ItsCommand.Sync(0));
    }

    /// <summary>Gives a region its kind; a shared one gets a file.</summary>
    public static void SetBacking(MemoryRegion region, MemoryKind kind, TestServer server, string id)
    {
        switch (kind)
        {
            case MemoryKind.Hosted:
                region.Hosted = new HostedMemory();
                break;
            case MemoryKind.Shared:
                var name = $"{id}-{region.Base:x}";
                using (var file = File.Create(Path.Combine(DirectoryOf(server), name)))
                {
                    file.SetLength((long)region.SizeBytes + 4096);
                }

                region.Shared = new SharedMemory { Path = name, OffsetBytes = 4096 };
                break;
            default:
                region.Remote = new RemoteMemory();
                break;
        }
    }

    public void Dispose() => _streams.ForEach(stream => stream.Dispose());

    private async Task ServeAsync(MemoryKind kind)
    {
        if (kind == MemoryKind.Served)
        {
            var stream = await MemoryStream.OpenAsync(Guest.Api, Guest.Name);
            _streams.Add(stream);
            _ = stream.ServeAsync(Ram);
        }
        else if (kind == MemoryKind.Session)
        {
            var vmm = await AttachedVmm.AttachAsync(
                Guest.Api, new AttachRequest { Vm = Guest.Name, ServesMemory = true });
            _streams.Add(vmm);
            _ = vmm.ServeAsync(Ram);
        }
    }
}
