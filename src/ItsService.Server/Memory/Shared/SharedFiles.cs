using ItsService.Server.Errors;

namespace ItsService.Server.Memory.Shared;

/// <summary>
/// The files of a request's regions: opened before the request enters a VM's gate, since that may take its time, and
/// closed with this unless they have become a VM's.
/// </summary>
internal sealed class SharedFiles : IDisposable
{
    private readonly Dictionary<int, SharedFile> _files = [];

    private SharedFiles()
    {
    }

    /// <summary>Opens them; notes what stands against it.</summary>
    /// <param name="regions">All regions of the request.</param>
    /// <param name="field">The field that has them.</param>
    /// <param name="directory">Where the files lie.</param>
    /// <param name="peer">Who calls; null where that is not known.</param>
    /// <param name="problems">Takes what is wrong.</param>
    public static SharedFiles Open(
        IReadOnlyList<V1.MemoryRegion> regions,
        string field,
        SharedMemoryDirectory directory,
        PeerProcess? peer,
        RequestProblems problems)
    {
        var opened = new SharedFiles();
        for (var index = 0; index < regions.Count; index++)
        {
            if (regions[index] is { Shared: { } shared } region)
            {
                opened.Open(index, region, shared, $"{field}[{index}].shared", directory, peer, problems);
            }
        }

        return opened;
    }

    /// <summary>The regions with their files, which are theirs now. To be called once.</summary>
    /// <param name="regions">All regions of the request, in order.</param>
    public VmRegion[] GiveTo(IReadOnlyList<VmRegion> regions)
    {
        VmRegion[] given = [.. regions.Select((region, index) => _files.TryGetValue(index, out var file)
            ? region with { File = file }
            : region)];
        _files.Clear();
        return given;
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }
    }

    private static SharedFile OpenInPlace(
        V1.MemoryRegion region, V1.SharedMemory shared, SharedMemoryDirectory directory, PeerProcess? peer)
    {
        try
        {
            var file = shared.HasPeerFd
                ? PeerMemory.Open(peer, shared.PeerFd, shared.OffsetBytes, region.SizeBytes, region.ReadOnly)
                : directory.Open(shared.Path, shared.OffsetBytes, region.SizeBytes, region.ReadOnly);
            file.Places = directory.Places;
            return file;
        }
        catch
        {
            directory.Places.GiveBack();
            throw;
        }
    }

    private void Open(
        int index,
        V1.MemoryRegion region,
        V1.SharedMemory shared,
        string field,
        SharedMemoryDirectory directory,
        PeerProcess? peer,
        RequestProblems problems)
    {
        var isOfPeer = shared.HasPeerFd;
        try
        {
            if (isOfPeer && shared.Path.Length > 0)
            {
                throw new SharedMemoryException("it is said twice where the bytes are", "path or peer_fd, not both");
            }

            if (!directory.Places.TryTake())
            {
                problems.Add(new Problem(
                    V1.ErrorReason.LimitExceeded, field, "the VMs have as many regions of shared memory as they may")
                {
                    Accepted = "hosted or remote memory; ServerLimits.shared_regions_max of all VMs together",
                });
                return;
            }

            _files[index] = OpenInPlace(region, shared, directory, peer);
        }
        catch (SharedMemoryException refused)
        {
            var reason = directory.IsOff && !isOfPeer
                ? V1.ErrorReason.Unsupported
                : V1.ErrorReason.MemoryUnusable;
            problems.Add(new Problem(reason, $"{field}.{(isOfPeer ? "peer_fd" : "path")}", refused.Message)
            {
                Accepted = refused.Accepted,
            });
        }
    }
}
