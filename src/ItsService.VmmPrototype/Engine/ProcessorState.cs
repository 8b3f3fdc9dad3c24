namespace ItsService.VmmPrototype.Engine;

/// <summary>The fields of PSTATE as SPSR_EL1 has them.</summary>
internal static class ProcessorState
{
    public const ulong El1WithInterruptsMasked = 0x3C5;
    private const ulong IrqMask = 1 << 7;
    private const ulong FiqMask = 1 << 6;

    // NZCV and PAN stay as they are when an exception is taken.
    private const ulong KeptByExceptions = 0xF040_0000;
    private const ulong ExceptionLevelMask = 0xC;
    private const ulong StackPointerSelect = 1;

    public static ulong AfterException(ulong before) => (before & KeptByExceptions) | El1WithInterruptsMasked;

    public static bool IsUser(ulong state) => (state & ExceptionLevelMask) == 0;

    /// <summary>At EL1 with the stack pointer of EL1, where a kernel runs.</summary>
    public static bool UsesOwnStack(ulong state) => !IsUser(state) && (state & StackPointerSelect) != 0;

    public static bool TakesIrq(ulong state) => (state & IrqMask) == 0;

    public static bool TakesFiq(ulong state) => (state & FiqMask) == 0;
}
