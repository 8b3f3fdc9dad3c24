using ItsService.Protocol.V1;

namespace ItsService.VmmPrototype.Running;

/// <summary>How a guest is run.</summary>
public sealed record BootOptions
{
    /// <summary>The machine and what it begins with.</summary>
    public required MachineSpec Machine { get; init; }

    /// <summary>A multiple of 4096.</summary>
    public ulong RamSizeBytes { get; init; } = 512 << 20;

    /// <summary>How the service reaches the guest's RAM.</summary>
    public MemoryKind Memory { get; init; } = MemoryKind.Hosted;

    /// <summary>In what the interrupt controller differs from KVM's; null for in nothing.</summary>
    public ProfileOverrides? Profile { get; init; }

    /// <summary>
    /// A file whose blocks the NVMe disk has; null for an empty disk of <see cref="DiskSizeBytes"/>.
    /// </summary>
    public string? DiskFile { get; init; }

    /// <summary>Of an empty disk.</summary>
    public ulong DiskSizeBytes { get; init; } = 64 << 20;

    /// <summary>When and where the interrupt controller moves while the guest runs; null for not at all.</summary>
    public GuestMoves? Moves { get; init; }

    /// <summary>When the machine is stopped at the latest.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Takes what the guest sends on its UART, on the thread that runs it.</summary>
    public Action<byte> Console { get; init; } = _ => { };

    /// <summary>What the guest receives on its UART, as it comes; null for nothing.</summary>
    public Stream? Input { get; init; }
}
