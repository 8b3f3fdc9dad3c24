using ItsService.Core.Memory;

namespace ItsService.Core.Registers;

/// <summary>What stands behind a frame's map: whole registers, always at their full width.</summary>
internal interface IRegisterBlock
{
    /// <summary>The value of a register that is not write-only.</summary>
    ulong ReadRegister(RegisterRow row, int index);

    /// <summary>
    /// Takes a value for a register that is not read-only, RES0 bits already cleared. Not resident means that nothing
    /// has happened yet; a fault is never returned, since a guest cannot be told of one here.
    /// </summary>
    MemoryOutcome WriteRegister(RegisterRow row, int index, ulong value);

    /// <summary>Takes note of an access that was ignored; only a block with a status register cares.</summary>
    void NoteFault(AccessFault fault)
    {
    }
}
