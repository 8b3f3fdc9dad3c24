using ItsService.Core.Memory;

namespace ItsService.Core.Registers;

/// <summary>
/// The rules that hold for every register alike: what is not legal reads zero and is ignored, parts of a register are
/// read and merged, read-only and RES0 bits keep their value.
/// </summary>
internal static class RegisterFile
{
    public static ulong Read(RegisterMap map, IRegisterBlock block, int offset, int sizeBytes)
    {
        if (!map.TryDecode(offset, sizeBytes, out var access) || access.Row.Access == RegisterAccess.WriteOnly)
        {
            return 0;
        }

        return access.Extract(block.ReadRegister(access.Row, access.Index));
    }

    public static MemoryOutcome Write(RegisterMap map, IRegisterBlock block, int offset, int sizeBytes, ulong value)
    {
        if (!map.TryDecode(offset, sizeBytes, out var access) || access.Row.Access == RegisterAccess.ReadOnly)
        {
            return MemoryOutcome.Ok;
        }

        // The half that is not written keeps its present value and counts as written (gits-registers 2.1, 8.1).
        var present = access.IsWhole || access.Row.Access == RegisterAccess.WriteOnly
            ? 0
            : block.ReadRegister(access.Row, access.Index);
        return block.WriteRegister(access.Row, access.Index, access.Merge(present, value) & access.Row.WritableMask);
    }
}
