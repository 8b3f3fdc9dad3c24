namespace ItsService.Qtest;

/// <summary>The shape of a machine.</summary>
public sealed record QemuOptions
{
    /// <summary>How many CPUs, each with its redistributor.</summary>
    public int Cpus { get; init; } = 4;

    /// <summary>RAM from <see cref="VirtMachine.RamBase"/> on.</summary>
    public int MemoryMiB { get; init; } = 256;

    /// <summary>
    /// Whether the CPUs run <see cref="MailboxProgram"/>, so that their ICC registers can be reached. Otherwise they
    /// never start, and the machine is faster.
    /// </summary>
    public bool RunCpus { get; init; }
}
