using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Replay;

/// <summary>The VM that a recording is replayed on: made from the header, and deleted afterwards.</summary>
internal sealed class ReplayedVm : IAsyncDisposable
{
    private static readonly TimeSpan DeleteTimeout = TimeSpan.FromSeconds(5);
    private readonly bool _keep;

    private ReplayedVm(VmHandle handle, bool keep)
    {
        Handle = handle;
        _keep = keep;
    }

    public VmHandle Handle { get; }

    public static async Task<ReplayedVm> CreateAsync(
        ItsClient client,
        VmSpec spec,
        bool keep,
        CancellationToken cancellationToken)
    {
        var id = $"replay-{Guid.NewGuid():n}";
        return new ReplayedVm(await client.CreateVmAsync(id, spec, cancellationToken), keep);
    }

    /// <summary>Deletes it even when the replay was interrupted, and never hides why a replay ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_keep)
        {
            return;
        }

        using var timeout = new CancellationTokenSource(DeleteTimeout);
        try
        {
            await Handle.DeleteAsync(timeout.Token);
        }
        catch (Exception failure) when (failure is ItsServiceException or OperationCanceledException)
        {
            // A service that is gone has no VM to delete; one that refuses this has told the replay itself already.
        }
    }

    /// <summary>The shape of the machine that the recording was made on.</summary>
    public static VmSpec SpecOf(RecordingHeader header)
    {
        var spec = new VmSpec
        {
            Profile = Profile.Qemu,
            DistributorBase = header.GicdBase,
            RedistributorRegions =
            {
                new RedistributorRegion { Base = header.GicrBase, Count = (uint)header.CpuCount },
            },
            Its = { new ItsUnit { Base = header.GitsBase } },
            MemoryRegions =
            {
                new MemoryRegion
                {
                    Base = header.RamBase,
                    SizeBytes = header.RamSizeBytes,
                    Hosted = new HostedMemory(),
                },
            },
        };
        spec.Vcpus.AddRange(Enumerable.Range(0, header.CpuCount).Select(_ => new Vcpu()));
        return spec;
    }
}
