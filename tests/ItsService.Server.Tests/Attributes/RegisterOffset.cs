namespace ItsService.Server.Tests.Attributes;

/// <summary>Where registers lie in their frames, and the encodings of system registers.</summary>
internal static class RegisterOffset
{
    public const ulong GitsCtlr = 0x0;
    public const ulong GitsIidr = 0x4;
    public const ulong GitsTyper = 0x8;
    public const ulong GitsCbaser = 0x80;
    public const ulong GitsCwriter = 0x88;
    public const ulong GitsCreadr = 0x90;

    public const uint GicdCtlr = 0x0;
    public const uint GicdIidr = 0x8;

    public const uint GicrCtlr = 0x0;
    public const uint GicrTyper = 0x8;
    public const uint GicrWaker = 0x14;
    public const uint GicrPropbaser = 0x70;
    public const uint GicrPendbaser = 0x78;
    public const uint GicrIspendr = 0x1_0200;
    public const uint GicrIcpendr = 0x1_0280;

    public const uint IccPmr = 0xC230;
    public const uint IccAp1R1 = 0xC649;
    public const uint IccIar1 = 0xC660;
    public const uint IccCtlr = 0xC664;
    public const uint IccSre = 0xC665;
    public const uint IccIgrpen1 = 0xC667;

    public static ulong GitsBaser(int number) => 0x100 + ((ulong)number * 8);
}
