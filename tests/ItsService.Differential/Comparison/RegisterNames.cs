using ItsService.Qtest;

namespace ItsService.Differential.Comparison;

/// <summary>What a person calls an address in the controller.</summary>
internal static class RegisterNames
{
    private const int CpusNamed = 8;

    private static readonly ComparedRegister[] Known =
        [
            .. ComparedRegister.Live(CpusNamed), .. ComparedRegister.Fixed(CpusNamed),
            .. ComparedRegister.Direct(CpusNamed),
        ];

    public static string Of(ulong address)
    {
        var at = Known.FirstOrDefault(register => address >= register.Address
            && address < register.Address + (ulong)register.SizeBytes);
        return at is null ? OfFrame(address)
            : at.Address == address ? at.Name
            : $"{at.Name} +{address - at.Address}";
    }

    private static string OfFrame(ulong address) => address switch
    {
        >= VirtMachine.GicrBase => $"GICR of CPU {(address - VirtMachine.GicrBase) / VirtMachine.GicrStride} "
            + $"+0x{(address - VirtMachine.GicrBase) % VirtMachine.GicrStride:x}",
        >= VirtMachine.GitsBase => $"GITS +0x{address - VirtMachine.GitsBase:x}",
        _ => $"GICD +0x{address - VirtMachine.GicdBase:x}",
    };
}
