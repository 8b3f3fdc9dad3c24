namespace ItsService.Core.Tests.Support;

/// <summary>Offsets from the manual (gits-registers section 2), not from Core's maps.</summary>
internal static class GitsOffset
{
    public const int Ctlr = 0x0000;
    public const int Iidr = 0x0004;
    public const int Typer = 0x0008;
    public const int Statusr = 0x0040;
    public const int Cbaser = 0x0080;
    public const int Cwriter = 0x0088;
    public const int Creadr = 0x0090;
    public const int Baser0 = 0x0100;
    public const int Baser1 = 0x0108;
    public const int Translater = 0x10040;
}

/// <summary>Offsets from the manual (redistributor-lpi section 2), not from Core's maps.</summary>
internal static class GicrOffset
{
    public const int Ctlr = 0x0000;
    public const int Iidr = 0x0004;
    public const int Typer = 0x0008;
    public const int Waker = 0x0014;
    public const int Setlpir = 0x0040;
    public const int Clrlpir = 0x0048;
    public const int Propbaser = 0x0070;
    public const int Pendbaser = 0x0078;
    public const int Invlpir = 0x00A0;
    public const int Invallr = 0x00B0;
    public const int Syncr = 0x00C0;
}
