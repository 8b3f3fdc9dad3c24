using ItsService.Core.Registers;

namespace ItsService.Core.Userspace;

/// <summary>
/// The redistributors' and the distributor's frames from outside the guest (kvm-uapi section 7): 32 bits at a time, a
/// 64-bit register in two accesses. Writes are as a guest's but for what is told here, and no write makes anything
/// happen.
/// </summary>
internal static class WordAccess
{
    private const int WordBytes = 4;

    public static UserspaceResult Find(RegisterMap map, string frame, uint offset, out RegisterRow? row)
    {
        row = null;
        return offset % WordBytes == 0 && offset < int.MaxValue && map.TryFindWord((int)offset, out row)
            ? UserspaceResult.Done()
            : UserspaceResult.NoSuchRegister($"the {frame} has no register at offset 0x{offset:X}");
    }

    public static ulong Read(RegisterMap map, IRegisterBlock block, RegisterRow row, uint offset) => row.Id switch
    {
        RegisterId.Icpendr => 0,
        // The latch: levels are a state of their own (LEVEL_INFO).
        RegisterId.Ispendr => block.ReadStored(row, ((int)offset - row.Offset) / WordBytes),
        _ when row.Access == RegisterAccess.WriteOnly => 0,
        _ => RegisterFile.Read(map, block, (int)offset, WordBytes),
    };

    public static void Write(RegisterMap map, IRegisterBlock block, RegisterRow row, uint offset, uint value)
    {
        switch (row.Id)
        {
            case RegisterId.Icpendr:
            case var _ when row.Access == RegisterAccess.WriteOnly:
                // Orders to do something: from outside the guest nothing is done.
                break;
            case RegisterId.Ispendr:
                // Ones set and zeros clear: the whole word is the state.
                RegisterFile.Write(map, block, (int)offset + ClearDistance, WordBytes, ~value);
                RegisterFile.Write(map, block, (int)offset, WordBytes, value);
                break;
            default:
                RegisterFile.Write(map, block, (int)offset, WordBytes, value);
                break;
        }
    }

    /// <summary>From GICD_ISPENDRn to GICD_ICPENDRn, and the same in a redistributor.</summary>
    private const int ClearDistance = 0x80;
}
