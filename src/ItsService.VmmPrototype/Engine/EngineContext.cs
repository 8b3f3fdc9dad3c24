namespace ItsService.VmmPrototype.Engine;

/// <summary>
/// What the engine shows in no register, in its saved context. Where it lies there is no promise of the engine's:
/// <see cref="EngineCheck"/> looks before a guest is run.
/// </summary>
internal readonly unsafe struct EngineContext(nint address)
{
    private const int PcOffset = 336;
    private const int PstateOffset = 344;
    private const int FlagsOffset = 352;
    private const int SyndromeOffset = 3040;
    private const int FaultAddressOffset = 3048;

    public ulong Pc => *(ulong*)(address + PcOffset);

    public uint Pstate => *(uint*)(address + PstateOffset);

    /// <summary>
    /// What the engine has worked out of the exception level, the MMU and floating-point traps to look for translated
    /// blocks by. It does not do so again when PSTATE is written from outside.
    /// </summary>
    public uint Flags
    {
        get => *(uint*)(address + FlagsOffset);
        set => *(uint*)(address + FlagsOffset) = value;
    }

    /// <summary>ESR of the exception that is being taken.</summary>
    public ulong Syndrome => *(ulong*)(address + SyndromeOffset);

    /// <summary>FAR of an abort that is being taken.</summary>
    public ulong FaultAddress => *(ulong*)(address + FaultAddressOffset);
}
