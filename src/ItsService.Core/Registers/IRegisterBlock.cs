using ItsService.Core.Memory;

namespace ItsService.Core.Registers;

/// <summary>What stands behind a frame's map: whole registers, always at their full width.</summary>
internal interface IRegisterBlock
{
    /// <summary>The value of a register that is not write-only.</summary>
    ulong ReadRegister(RegisterRow row, int index);

    /// <summary>The value that a write of one half keeps in the other: what is read, and bits that read zero.</summary>
    ulong ReadStored(RegisterRow row, int index) => ReadRegister(row, index);

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
