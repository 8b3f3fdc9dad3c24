using ItsService.VmmPrototype.Boot;

namespace ItsService.VmmPrototype;

/// <summary>What a machine is made of, and what it begins with.</summary>
public sealed record MachineSpec
{
    /// <summary>The most vCPUs that one thread is meant to run.</summary>
    public const int VcpusMax = 8;

    /// <summary>1..<see cref="VcpusMax"/>.</summary>
    public int VcpuCount { get; init; } = 1;

    /// <summary>A kernel, or any other program.</summary>
    public required KernelImage Kernel { get; init; }

    /// <summary>An initramfs, which a Linux unpacks.</summary>
    public byte[]? Initrd { get; init; }

    /// <summary>For the kernel.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>Pass the time in which all vCPUs sleep at once, instead of waiting for it.</summary>
    public bool SkipsIdleTime { get; init; }
}
