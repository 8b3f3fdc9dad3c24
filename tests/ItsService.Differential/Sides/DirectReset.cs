using ItsService.Qtest;

namespace ItsService.Differential.Sides;

/// <summary>SGIs, PPIs and SPIs back to what they are after a reset, by a guest's writes.</summary>
internal static class DirectReset
{
    private const int BankCount = 8;
    private const ulong SgiBase = 0x1_0000;

    public static void AddTo(QtestScript script, int cpuCount)
    {
        for (var bank = 1; bank < BankCount; bank++)
        {
            AddBank(script, VirtMachine.GicdBase, bank);
        }

        for (var spi = 32; spi < 32 * BankCount; spi++)
        {
            script.Write(VirtMachine.GicdBase + 0x6000 + (8UL * (ulong)spi), 8, 0);
        }

        for (var cpu = 0; cpu < cpuCount; cpu++)
        {
            AddBank(script, VirtMachine.GicrOf(cpu) + SgiBase, 0);
        }
    }

    private static void AddBank(QtestScript script, ulong frame, int bank)
    {
        var word = (ulong)(4 * bank);
        script.Write(frame + 0x80 + word, 4, 0); // IGROUPR
        foreach (var clearing in new ulong[] { 0x180, 0x280, 0x380 }) // ICENABLER, ICPENDR, ICACTIVER
        {
            script.Write(frame + clearing + word, 4, uint.MaxValue);
        }

        for (var place = 0UL; place < 8; place++)
        {
            script.Write(frame + 0x400 + (8 * word) + (4 * place), 4, 0); // IPRIORITYR
        }

        for (var place = 0UL; place < 2; place++)
        {
            script.Write(frame + 0xC00 + (2 * word) + (4 * place), 4, 0); // ICFGR
        }
    }
}
