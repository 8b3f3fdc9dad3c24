using ItsService.Core.Registers;

namespace ItsService.Core.Userspace;

/// <summary>
/// KVM's DIST_REGS (kvm-uapi section 7). Identification takes what it reads: a host that cannot offer what a saved VM
/// was given must say so.
/// </summary>
internal readonly struct DistributorRegisterAccess(GicParts parts)
{
    public static UserspaceResult Find(uint offset, out RegisterRow? row) =>
        WordAccess.Find(GicdMap.Map, "distributor", offset, out row);

    public ulong Read(RegisterRow row, uint offset) =>
        WordAccess.Read(GicdMap.Map, parts.Distributor, row, offset);

    public UserspaceResult Write(RegisterRow row, uint offset, uint value)
    {
        if (row.Id is RegisterId.GicdIidr or RegisterId.GicdTyper2)
        {
            var present = Read(row, offset);
            return value == present
                ? UserspaceResult.Done()
                : UserspaceResult.Invalid(
                    $"{row.Name} is 0x{present:X} here and cannot become 0x{value:X}", $"0x{present:X}");
        }

        WordAccess.Write(GicdMap.Map, parts.Distributor, row, offset, value);
        return UserspaceResult.Done();
    }
}
