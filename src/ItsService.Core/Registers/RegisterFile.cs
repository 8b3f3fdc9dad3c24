using ItsService.Core.Memory;

namespace ItsService.Core.Registers;

/// <summary>
/// The rules that hold for every register alike: what is not legal reads zero and is ignored, parts of a register are
/// read and merged, read-only and RES0 bits keep their value.
/// </summary>
internal static class RegisterFile
{
    private const int WordBytes = 4;
    private const int DoublewordBytes = 8;

    public static ulong Read(RegisterMap map, IRegisterBlock block, int offset, int sizeBytes)
    {
        if (!map.TryDecode(offset, sizeBytes, out var access))
        {
            NoteReserved(map, block, offset, sizeBytes, AccessFault.ReadOfReserved);
            return 0;
        }

        if (access.Row.Access == RegisterAccess.WriteOnly)
        {
            block.NoteFault(AccessFault.ReadOfWriteOnly);
            return 0;
        }

        return access.Extract(block.ReadRegister(access.Row, access.Index));
    }

    public static MemoryOutcome Write(RegisterMap map, IRegisterBlock block, int offset, int sizeBytes, ulong value)
    {
        if (!map.TryDecode(offset, sizeBytes, out var access))
        {
            NoteReserved(map, block, offset, sizeBytes, AccessFault.WriteOfReserved);
            return MemoryOutcome.Ok;
        }

        if (access.Row.Access == RegisterAccess.ReadOnly)
        {
            block.NoteFault(AccessFault.WriteOfReadOnly);
            return MemoryOutcome.Ok;
        }

        if (access.IsWhole || access.Row.Access != RegisterAccess.ReadWrite)
        {
            return block.WriteRegister(access.Row, access.Index, access.Merge(0, value) & access.Row.WritableMask);
        }

        // GITS_CWRITER's upper half: where nothing can be written, nothing is (gits-registers 8.3).
        if ((access.Mask & access.Row.WritableMask) == 0)
        {
            return MemoryOutcome.Ok;
        }

        // The half that is not written keeps its present value and counts as written (gits-registers 2.1, 8.1).
        var present = block.ReadStored(access.Row, access.Index);
        return block.WriteRegister(access.Row, access.Index, access.Merge(present, value) & access.Row.WritableMask);
    }

    /// <summary>
    /// An access of a size that no register has, or across a boundary, is no access to a place at all.
    /// </summary>
    private static void NoteReserved(
        RegisterMap map, IRegisterBlock block, int offset, int sizeBytes, AccessFault fault)
    {
        if (sizeBytes is WordBytes or DoublewordBytes && offset % sizeBytes == 0 && !map.Exists(offset))
        {
            block.NoteFault(fault);
        }
    }
}
