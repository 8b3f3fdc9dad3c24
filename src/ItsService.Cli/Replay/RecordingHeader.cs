namespace ItsService.Cli.Replay;

/// <summary>What a recording says about the machine that was recorded.</summary>
internal sealed record RecordingHeader
{
    /// <summary>From one CPU's redistributor frames to the next one's.</summary>
    public const ulong GicrStrideBytes = 0x20000;

    public required int CpuCount { get; init; }

    public required ulong RamBase { get; init; }

    public required ulong RamSizeBytes { get; init; }

    public required ulong GitsBase { get; init; }

    public required ulong GicrBase { get; init; }

    public required ulong GicdBase { get; init; }

    /// <summary>What the recording covers, for a person. Empty when it does not say.</summary>
    public string Note { get; init; } = "";

    public bool RamHolds(ulong address, ulong lengthBytes) =>
        address >= RamBase && lengthBytes <= RamSizeBytes && address - RamBase <= RamSizeBytes - lengthBytes;
}
