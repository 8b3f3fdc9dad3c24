namespace ItsService.Fuzz.Machines;

/// <summary>Register offsets, in the words of the architecture.</summary>
internal static class Offsets
{
    // The ITS.
    public const int Ctlr = 0x0;
    public const int Statusr = 0x40;
    public const int Cbaser = 0x80;
    public const int Cwriter = 0x88;
    public const int Creadr = 0x90;
    public const int Translater = 0x1_0040;

    // A redistributor.
    public const int Waker = 0x14;
    public const int Setlpir = 0x40;
    public const int Propbaser = 0x70;
    public const int Pendbaser = 0x78;
    public const int SgiBase = 0x1_0000;

    // The distributor, and SGI_base.
    public const int Ipriorityr = 0x400;
    public const int Icfgr = 0xC00;

    // The distributor; of INTID 32.
    public const int Irouter = 0x6100;

    public static int Baser(int number) => 0x100 + (8 * number);
}
