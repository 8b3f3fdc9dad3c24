using ItsService.Core.Memory;
using ItsService.Server.Memory;
using ItsService.Server.Memory.Shared;
using ItsService.Server.Telemetry;

namespace ItsService.Server.Machines;

/// <summary>What all VMs of a service share.</summary>
internal sealed class VmSurroundings(
    ItsServerLimits limits,
    ILogger<VmHost> logger,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    SharedMemoryDirectory sharedMemory,
    Instruments instruments,
    ItsServerOptions options)
{
    /// <summary>What clients may ask for.</summary>
    public ItsServerLimits Limits => limits;

    /// <summary>The hosted memory that all VMs share.</summary>
    public HostedMemoryBudget Memory { get; } = new(limits.HostedMemoryBytesMax / SparseGuestMemory.PageSizeBytes);

    /// <summary>Where VMMs keep memory that they share.</summary>
    public SharedMemoryDirectory SharedMemory => sharedMemory;

    /// <summary>Where VMs measure.</summary>
    public Instruments Instruments => instruments;

    /// <summary>Whether each VM has metrics of its own.</summary>
    public bool MetricsPerVm => options.MetricsPerVm;

    /// <summary>Where VMs log.</summary>
    public ILogger Logger => logger;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Cancelled when the service begins to stop.</summary>
    public CancellationToken Stopping => lifetime.ApplicationStopping;
}
