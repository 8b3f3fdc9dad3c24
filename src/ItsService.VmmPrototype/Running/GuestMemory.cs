using ItsService.Client;
using ItsService.Protocol.V1;
using ItsService.VmmPrototype.Boot;
using ItsService.VmmPrototype.Memory;

namespace ItsService.VmmPrototype.Running;

/// <summary>The guest's RAM, and the region by which the service knows it.</summary>
internal sealed class GuestMemory : IDisposable
{
    private GuestMemory(GuestRam ram, MemoryRegion region)
    {
        Ram = ram;
        Region = region;
    }

    public GuestRam Ram { get; }

    public MemoryRegion Region { get; }

    /// <summary>What the session is to answer for; null where the service has the bytes.</summary>
    public IGuestMemoryProvider? Provider => Region.Remote is null ? null : new ServedRam(Ram);

    /// <summary>Makes RAM of the kind that was chosen.</summary>
    /// <exception cref="GuestImageException">It cannot be made, or the service cannot use it.</exception>
    public static async Task<GuestMemory> OpenAsync(
        ItsClient client, BootOptions options, CancellationToken cancellationToken)
    {
        var region = new MemoryRegion { Base = MemoryMap.Ram, SizeBytes = options.RamSizeBytes };
        switch (options.Memory)
        {
            case MemoryKind.Shared:
                var info = await client.GetServerInfoAsync(cancellationToken);
                var name = $"guest-{Guid.NewGuid():N}";
                region.Shared = new SharedMemory { Path = name };
                return new GuestMemory(
                    new GuestRam(InFileOf(info.SharedMemoryDirectory, name, options.RamSizeBytes)), region);
            case MemoryKind.Remote:
                region.Remote = new RemoteMemory();
                break;
            default:
                region.Hosted = new HostedMemory();
                break;
        }

        return new GuestMemory(new GuestRam(MappedBytes.Private(options.RamSizeBytes)), region);
    }

    public void Dispose() => Ram.Dispose();

    private static MappedBytes InFileOf(string directory, string name, ulong sizeBytes)
    {
        if (directory.Length == 0)
        {
            throw new GuestImageException(
                "the service shares no memory: start it with --shared-memory-directory DIRECTORY, or choose --memory"
                + " remote or hosted");
        }

        try
        {
            return MappedBytes.InNewFile(Path.Combine(directory, name), sizeBytes);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new GuestImageException(
                $"the guest's RAM cannot be made in {directory}, where the service shares memory (it must be on this"
                + $" machine): {problem.Message}");
        }
    }
}
