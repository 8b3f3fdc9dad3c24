using ItsService.Client;
using ItsService.Protocol.V1;

namespace ItsService.Cli.Replay;

/// <summary>The VM that a recording is replayed on: made from the header, and deleted afterwards.</summary>
internal sealed class ReplayedVm : IAsyncDisposable
{
    private static readonly TimeSpan DeleteTimeout = TimeSpan.FromSeconds(5);
    private readonly ItsClient _client;
    private readonly VmMove? _move;
    private readonly bool _keep;

    // What it has been moved away from and is still there.
    private VmHandle? _left;

    private ReplayedVm(ItsClient client, VmHandle handle, VmMove? move, bool keep)
    {
        (_client, Handle, _move, _keep) = (client, handle, move, keep);
    }

    /// <summary>The VM; another one after each move.</summary>
    public VmHandle Handle { get; private set; }

    /// <summary>Whether it is moved now and then.</summary>
    public bool Moves => _move is not null;

    /// <param name="client">Where.</param>
    /// <param name="spec">As what.</param>
    /// <param name="move">How it moves; null for not at all.</param>
    /// <param name="keep">Leave it there in the end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<ReplayedVm> CreateAsync(
        ItsClient client,
        VmSpec spec,
        VmMove? move,
        bool keep,
        CancellationToken cancellationToken)
    {
        var handle = await client.CreateVmAsync(NewId(), spec, cancellationToken);
        return new ReplayedVm(client, handle, move, keep);
    }

    /// <summary>Makes another VM of it, which goes on in its place.</summary>
    /// <param name="written">The pieces of memory that may hold something; those that the service wrote join.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<VmHandle> MoveAsync(HashSet<ulong> written, CancellationToken cancellationToken)
    {
        var arrived = await _move!.CopyAsync(_client, Handle, NewId(), written, cancellationToken);
        (_left, Handle) = (Handle, arrived);
        await _left.DeleteAsync(cancellationToken);
        _left = null;
        await arrived.ResumeAsync(cancellationToken);
        return arrived;
    }

    private static string NewId() => $"replay-{Guid.NewGuid():n}";

    /// <summary>Deletes it even when the replay was interrupted, and never hides why a replay ended.</summary>
    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(DeleteTimeout);
        if (_left is not null)
        {
            await TryDeleteAsync(_left, timeout.Token);
        }

        if (!_keep)
        {
            await TryDeleteAsync(Handle, timeout.Token);
        }
    }

    private static async Task TryDeleteAsync(VmHandle vm, CancellationToken cancellationToken)
    {
        try
        {
            await vm.DeleteAsync(cancellationToken);
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
