using ItsService.Qtest;

namespace ItsService.Differential.Generation;

/// <summary>The registers that a sequence writes, by address.</summary>
internal static class Places
{
    public const ulong GitsCtlr = VirtMachine.GitsBase;
    public const ulong GitsCbaser = VirtMachine.GitsBase + 0x80;
    public const ulong GitsCwriter = VirtMachine.GitsBase + 0x88;
    public const ulong GitsCreadr = VirtMachine.GitsBase + 0x90;
    public const ulong GitsBaser0 = VirtMachine.GitsBase + 0x100;
    public const ulong GitsBaser1 = VirtMachine.GitsBase + 0x108;
    public const ulong GitsTranslater = VirtMachine.GitsTranslater;
    public const ulong GicdCtlr = VirtMachine.GicdBase;

    public static ulong GicrCtlr(int cpu) => VirtMachine.GicrOf(cpu);

    public static ulong GicrWaker(int cpu) => VirtMachine.GicrOf(cpu) + 0x14;

    public static ulong GicrPropbaser(int cpu) => VirtMachine.GicrOf(cpu) + 0x70;

    public static ulong GicrPendbaser(int cpu) => VirtMachine.GicrOf(cpu) + 0x78;
}
