using ItsService.Core.Distributor;
using ItsService.Core.Identifiers;
using ItsService.Core.Redistributors;

namespace ItsService.Core.Userspace;

/// <summary>
/// KVM's LEVEL_INFO (kvm-uapi section 7): the lines of 32 INTIDs, as a number of what is asked in bits [31:10] and the
/// first INTID in bits [9:0]. Lines are a state of their own, beside the latch of GICD_ISPENDR&lt;n&gt;, and no edge
/// comes of writing them. SGIs have none, and neither do INTIDs that are not there: both read zero and ignore writes.
/// </summary>
internal readonly struct LineLevelAccess(GicParts parts, Redistributor redistributor)
{
    private const int InfoShift = 10;
    private const uint IntIdMask = (1 << InfoShift) - 1;
    private const uint Ppis = 0xFFFF_0000;

    public static UserspaceResult Find(uint number) => InfoOf(number) == 0
        ? UserspaceResult.Done()
        : UserspaceResult.NoSuchRegister($"lines have no information {InfoOf(number)}");

    public UserspaceResult Read(uint number)
    {
        if (WhyNot(number) is { } reason)
        {
            return reason;
        }

        return UserspaceResult.Done(BankOf(number) is var (bank, lines) ? bank.Level & lines : 0);
    }

    public UserspaceResult Write(uint number, uint levels)
    {
        if (WhyNot(number) is { } reason)
        {
            return reason;
        }

        if (BankOf(number) is var (bank, lines))
        {
            bank.RestoreLevels(lines, levels);
        }

        return UserspaceResult.Done();
    }

    private static uint InfoOf(uint number) => number >> InfoShift;

    private static uint FirstIntIdOf(uint number) => number & IntIdMask;

    private static UserspaceResult? WhyNot(uint number) =>
        InfoOf(number) != 0 ? UserspaceResult.Invalid(
            $"lines have no information {InfoOf(number)}", "0, the lines, in bits [31:10]")
        : FirstIntIdOf(number) % InterruptBank.Size != 0 ? UserspaceResult.Misaligned(
            $"INTID {FirstIntIdOf(number)} is not the first of 32", "a multiple of 32, 0..992, in bits [9:0]")
        : null;

    private (InterruptBank Bank, uint Lines)? BankOf(uint number)
    {
        var first = FirstIntIdOf(number);
        return first == 0 ? (redistributor.PrivateInterrupts, Ppis)
            : parts.Distributor.FindSpi(new IntId(first), out _) is { } bank ? (bank, bank.Implemented)
            : null;
    }
}
